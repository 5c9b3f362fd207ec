// What this browser keeps: for good (`lasting`) or for one tab (`passing`). Where it keeps nothing, because it is
// full or was told so, the page does without.
function guarded(name) {
  const attempt = (act) => {
    try {
      return act(window[name]);
    } catch {
      return null;
    }
  };
  return {
    get: (key) => attempt((kept) => kept.getItem(key)),
    set: (key, value) => attempt((kept) => kept.setItem(key, value)),
    remove: (key) => attempt((kept) => kept.removeItem(key)),
  };
}

export const lasting = guarded("localStorage");
export const passing = guarded("sessionStorage");
