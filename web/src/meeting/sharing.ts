// One's own screen in the meeting, with the sound that the browser offers with it.
import type { MediaSession } from "../media/session";
import { canShare, type MeetingState } from "./state";

export interface Meeting {
  state(): MeetingState;
  set(change: Partial<MeetingState>): void;
  connection(): MediaSession | undefined;
}

export class Sharing {
  private screen: MediaStreamTrack | null = null;
  private sound: MediaStreamTrack | null = null;
  private choosing = false;

  constructor(private readonly meeting: Meeting) {}

  get on(): boolean {
    return this.screen !== null;
  }

  get withSound(): boolean {
    return this.sound !== null;
  }

  /** The browser asks what to show, and offers the sound of a tab or of the system where it can. */
  async begin(): Promise<void> {
    // The keyboard asks, too, where there is no button.
    if (this.choosing || this.screen || !canShare(this.meeting.state())) return;
    this.choosing = true;
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 15 }, audio: { echoCancellation: false, noiseSuppression: false } }).catch(() => null);
    this.choosing = false;
    const [screen] = stream?.getVideoTracks() ?? [];
    if (!stream || !screen) return;
    // The meeting may have ended while the person chose.
    const { phase } = this.meeting.state();
    if (phase !== "joined" && phase !== "reconnecting") return stream.getTracks().forEach((track) => track.stop());
    this.screen = screen;
    this.sound = stream.getAudioTracks()[0] ?? null;
    screen.contentHint = "detail";
    screen.onended = () => void this.end();
    this.meeting.set({ sharing: true });
    await this.tell();
  }

  async end(): Promise<void> {
    this.stop();
    this.meeting.set({ sharing: false });
    await this.tell();
  }

  /** Nothing of it is captured any more. */
  stop(): void {
    this.screen?.stop();
    this.sound?.stop();
    this.screen = this.sound = null;
  }

  /** Over a transport that is about to open. */
  async goesOn(connection: MediaSession): Promise<void> {
    if (this.screen) await connection.send("share", this.screen);
    if (this.sound) await connection.send("share_audio", this.sound);
  }

  private async tell(): Promise<void> {
    await this.meeting.connection()?.send("share", this.screen);
    await this.meeting.connection()?.send("share_audio", this.sound);
    await this.meeting.connection()?.publish();
  }
}
