// What this browser is called. Cameras and microphones are in stage/devices.ts.

/** Kept for each meeting link, so that a host who bans a guest bans this browser and nothing else is learned. */
export function deviceFor(meetingId: string): string {
  const key = `device:${meetingId}`;
  try {
    let device = localStorage.getItem(key);
    if (!device) {
      device = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(18)))).replaceAll("+", "-").replaceAll("/", "_");
      localStorage.setItem(key, device);
    }
    return device;
  } catch {
    return "private-window-without-memory";
  }
}
