// "Chrome on Windows" of a User-Agent. Only for people to recognise their own devices; what is not known stays as it is.
const browsers: readonly [RegExp, string][] = [[/Edg(?:A|iOS)?\//, "Edge"], [/OPR\//, "Opera"], [/(?:Firefox|FxiOS)\//, "Firefox"], [/(?:Chrome|CriOS)\//, "Chrome"], [/Version\/[\d.]+ (?:Mobile\/\S+ )?Safari\//, "Safari"]];
const systems: readonly [RegExp, string][] = [[/Windows/, "Windows"], [/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Mac OS X/, "macOS"], [/CrOS/, "ChromeOS"], [/Linux/, "Linux"]];

export function clientName(agent: string): string {
  const browser = browsers.find(([form]) => form.test(agent))?.[1];
  const system = systems.find(([form]) => form.test(agent))?.[1];
  if (browser && system) return `${browser} · ${system}`;
  return browser ?? agent.slice(0, 80);
}
