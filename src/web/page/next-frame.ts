/** A function that calls another one with the browser's next frame, once however often it is called. In a hidden tab there is none. */
export function nextFrame(act: () => void): () => void {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      act();
    });
  };
}
