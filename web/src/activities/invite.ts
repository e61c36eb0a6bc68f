/** The link for others; never the link of a host, which opens more than the door. */
export function inviteLink(origin: string, meetingId: string, passcode: string | undefined): string {
  return `${origin}/j/${encodeURIComponent(meetingId)}${passcode ? `?pwd=${encodeURIComponent(passcode)}` : ""}`;
}
