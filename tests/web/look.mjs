/** Asks in the page until `ask` gives something true there. No waitForFunction: it makes functions out of text, which the page's policy forbids. */
export async function inPage(page, what, ask, argument, seconds = 30) {
  for (const end = Date.now() + seconds * 1000; ; ) {
    const answer = await page.evaluate(ask, argument);
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** In the page: types a name and says whether the form was there. React hears of it by the event. */
export function typeName(name) {
  const input = document.querySelector("input[name=name]");
  if (!input) return false;
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, name);
  input.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}

/** In the page: the preview shows the camera. */
export const previewShows = () => document.querySelector(".preview video")?.videoWidth > 0;

/** In the page: frames that the remote tile of `wanted` has shown, and the mean colour of four parts of its picture. */
export function lookAt(wanted) {
  const tiles = [...document.querySelectorAll(".tile")].filter((t) => !t.hidden && t.querySelector("video")?.videoWidth > 0);
  const found = tiles.find((t) => t.querySelector(".tile-name").textContent === wanted);
  if (!found) return { frames: 0, width: 0, height: 0, cells: [] };
  const video = found.querySelector("video");
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, 0, 0);
  const cells = [];
  for (let row = 0; row < 2; ++row) {
    for (let column = 0; column < 2; ++column) {
      const at = context.getImageData(((column * 2 + 1) * canvas.width) / 4 - 2, ((row * 2 + 1) * canvas.height) / 4 - 2, 4, 4).data;
      const mean = [0, 1, 2].map((c) => { let sum = 0; for (let k = c; k < at.length; k += 4) sum += at[k]; return Math.round(sum / (at.length / 4)); });
      cells.push(mean);
    }
  }
  // Firefox counts no frames of streams there: they are counted as they come, from the first look on.
  const counts = (globalThis.shownFrames ??= new WeakMap());
  if (!counts.has(video)) {
    counts.set(video, 0);
    const shown = () => { counts.set(video, counts.get(video) + 1); video.requestVideoFrameCallback(shown); };
    video.requestVideoFrameCallback?.(shown);
  }
  return { frames: video.getVideoPlaybackQuality().totalVideoFrames || counts.get(video), width: canvas.width, height: canvas.height, cells };
}

/** In the page: how loud its loudspeaker elements are at each of so many Hz, in decibel, at the loudest moment of three seconds. */
export async function listenFor(tones) {
  const context = new AudioContext();
  // Firefox begins none where the machine has no device to play on, which is no fault of the meeting's.
  await Promise.race([context.resume(), new Promise((resolve) => setTimeout(resolve, 2000))]);
  if (context.state !== "running") return null;
  const analyser = context.createAnalyser();
  analyser.fftSize = 8192;
  for (const element of document.querySelectorAll("audio")) if (!element.muted) context.createMediaStreamSource(element.srcObject).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  const best = tones.map(() => -200);
  for (const end = performance.now() + 3000; performance.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    analyser.getFloatFrequencyData(bins);
    tones.forEach((hz, k) => { best[k] = Math.max(best[k], bins[Math.round((hz * analyser.fftSize) / context.sampleRate)]); });
  }
  await context.close();
  return best;
}

/** In the page: what reaches over the side of its place, or has to be moved sideways to be seen. The meeting cuts off what is too
 * wide for it, so that the page's own width does not tell. */
export function stickingOut() {
  const found = [];
  for (const place of document.querySelectorAll("html, .panel-body, .panel-body .chat")) {
    if (place.scrollWidth > place.clientWidth + 1) found.push(`${place.className || "the page"}: ${place.scrollWidth - place.clientWidth} px too wide`);
  }
  for (const place of document.querySelectorAll(".meeting-head, .panel, .bar")) {
    const { left, right } = place.getBoundingClientRect();
    if (left < -1 || right > innerWidth + 1) found.push(`${place.className}: from ${left} to ${right} px`);
    for (const part of place.querySelectorAll("h1, h2, h3, li, button, input, select, textarea")) {
      const box = part.getBoundingClientRect();
      if (box.width > 0 && (box.left < left - 1 || box.right > right + 1)) found.push(`${place.className}: ${part.tagName} "${part.textContent.slice(0, 40)}" from ${box.left} to ${box.right} px`);
    }
  }
  return found;
}
