// Within the frame: tells the page around it how tall the page is, and when all is done.
(function () {
  "use strict";

  if (window.parent === window) return;
  const tell = (news) => window.parent.postMessage({ stripeStandIn: news }, "*");
  const page = document.documentElement;
  new ResizeObserver(() => tell({ height: Math.ceil(page.getBoundingClientRect().height) })).observe(page);
  const { complete, destination } = document.body.dataset;
  if (complete !== undefined) tell({ isComplete: true, destination: destination || null });
})();
