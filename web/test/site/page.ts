// What the modules under test read of a browser when they are loaded. Imported before them.
const at = new URL("https://meet.example/app");
Object.assign(globalThis, { location: at, navigator: { language: "en" }, addEventListener: () => undefined, localStorage: { getItem: () => null, setItem: () => undefined } });
