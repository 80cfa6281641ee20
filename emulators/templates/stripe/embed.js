// In the frame: tells the page around it the height of the frame, and when the payment is complete.
(function () {
  "use strict";

  if (window.parent === window) return;
  const tell = (message) => window.parent.postMessage({ stripeEmulator: message }, "*");
  const page = document.documentElement;
  new ResizeObserver(() => tell({ height: Math.ceil(page.getBoundingClientRect().height) })).observe(page);
  const { complete, destination } = document.body.dataset;
  if (complete !== undefined) tell({ isComplete: true, destination: destination || null });
})();
