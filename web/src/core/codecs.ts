// The video codecs of the server's profile (core/rtp/video_codec.h) that browsers send and take here: their payload types, and
// what SDP says of them. VP8 is what everybody takes, and comes first.
export const videoCodecs = {
  vp8: { payload: 96, rtx: 97, encoding: "VP8", format: "" },
  vp9: { payload: 98, rtx: 99, encoding: "VP9", format: "profile-id=0" },
  h264: { payload: 102, rtx: 103, encoding: "H264", format: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f" },
} as const;
export type VideoCodec = keyof typeof videoCodecs;
export const videoCodecNames = Object.keys(videoCodecs) as VideoCodec[];

/** How frames with this payload type are encoded. A browser that does not say it has VP8. */
export const codecOfPayload = (type: number | undefined): VideoCodec => videoCodecNames.find((name) => videoCodecs[name].payload === type) ?? "vp8";
