// Which browser this is, as far as it changes where a person finds its permissions.
export type BrowserFamily = "chromium" | "firefox" | "safari" | "ios" | "android";

export function browserFamily(userAgent: string, touchPoints = 0): BrowserFamily {
  // An iPad calls itself a Macintosh; Macintoshes have no touch screen.
  if (/iPhone|iPad/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1)) return "ios";
  if (/Android/.test(userAgent)) return "android";
  if (/Firefox\//.test(userAgent)) return "firefox";
  if (/Chrome\/|Chromium\//.test(userAgent)) return "chromium";
  return /Safari\//.test(userAgent) ? "safari" : "chromium";
}
