// What this browser remembers between visits. A window without memory forgets and otherwise works.
export const memory: Pick<Storage, "getItem" | "setItem"> = {
  getItem: (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  setItem: (key, value) => {
    try {
      localStorage.setItem(key, value);
    } catch {
      // Forgotten.
    }
  },
};
