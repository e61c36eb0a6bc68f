// What the page loads by its tags bears the hash of what was built: a browser refuses anything else.

/** `index.html` with the hash of each part in the tag that loads it. Throws when a script or a style has got none: a tag that
 * is written in another way than vite does today would load unchecked, and nobody would see it. */
export function withIntegrity(html: string, hashes: Readonly<Record<string, string>>): string {
  const page = html.replace(/(<(?:script|link)[^>]*? (?:src|href)="(\/assets\/[^"]+)")/g, (tag: string, front: string, url: string) => (hashes[url] ? `${front} integrity="${hashes[url]}"` : tag));
  const loaded = { script: 0, style: 0 };
  for (const [tag] of page.matchAll(/<(?:script|link)\b[^>]*>/gi)) {
    const script = /^<script\s(?:.*\s)?src\b/is.test(tag);
    const style = /\srel\s*=\s*["']?stylesheet\b/i.test(tag);
    if (!script && !style && !/\srel\s*=\s*["']?(?:module)?preload\b/i.test(tag)) continue;
    const url = /\s(?:src|href)="([^"]*)"/.exec(tag)?.[1] ?? "";
    if (!hashes[url] || !tag.includes(` integrity="${hashes[url]}"`)) throw new Error(`index.html loads something without its hash: ${tag}`);
    if (script) loaded.script += 1;
    if (style) loaded.style += 1;
  }
  if (loaded.script === 0 || loaded.style === 0) throw new Error(`index.html loads ${loaded.script} scripts and ${loaded.style} styles`);
  return page;
}

/** `index.html` in which a script that is fetched early for another also runs early: as a tag of its own before that one. */
export function runFirst(html: string, url: string): string {
  const preload = `<link rel="modulepreload" crossorigin href="${url}">`;
  const entry = '<script type="module"';
  if (!html.includes(preload) || !html.includes(entry)) throw new Error(`index.html does not fetch ${url} early`);
  return html.replace(preload, "").replace(entry, `${entry} crossorigin src="${url}"></script>\n    ${entry}`);
}
