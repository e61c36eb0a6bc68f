// Fetches what a page cannot name in its own tags, and takes it only with the SHA-384 that the page as built has for it.

function integrityOf(url: string): string | undefined {
  const list = document.getElementById("integrity")?.textContent;
  return list ? (JSON.parse(list) as Record<string, string>)[new URL(url, location.href).pathname] : undefined;
}

/** What is wrong when something does not come, or is not what the page was built with; the page has a sentence for it. */
export const notCome = "not come";
/** So long all of it may take, in milliseconds. Shorter: it does not come over slow lines. */
const fetchLimit = 30_000;

export async function fetchChecked(url: string): Promise<Response> {
  const integrity = integrityOf(url);
  const response = await fetch(url, { ...(integrity ? { integrity } : {}), signal: AbortSignal.timeout(fetchLimit) }).catch(() => undefined);
  if (!response?.ok) throw new Error(notCome);
  return response;
}

/** A worker from exactly that script. */
export async function checkedWorker(url: string): Promise<Worker> {
  const script = await fetchChecked(url);
  const blob = URL.createObjectURL(new Blob([await script.text()], { type: "text/javascript" }));
  const worker = new Worker(blob, { type: "module" });
  URL.revokeObjectURL(blob);
  return worker;
}
