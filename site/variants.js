"use strict";

/*
 * Shows each visitor one version of this page, and reports the view to the shop.
 *
 * <script src="variants.js" data-variants="a b"></script> in the head names the versions.
 * Mark what belongs to one version only with data-variant="a" or "b", and give it the attribute
 * "hidden" unless it belongs to the first version: without this script visitors see and buy the
 * first version. On a page without data-variants the script only counts views.
 *
 * The script is loaded before the page is drawn, so that no other version flashes up. It keeps the
 * name of the version for this page in the browser's local storage: it sets no cookie and stores
 * nothing about the visitor. A visitor who has asked not to be tracked sees a version, but is not
 * counted.
 */
{
  const names = (document.currentScript.dataset.variants ?? "").split(/\s+/).filter(Boolean);
  const optsOut = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
  const key = `bookstall-variant:${location.pathname}`;

  /**
   * Returns the version of the last visit, or one chosen at random. If the browser blocks local
   * storage, a version is chosen at every visit.
   */
  function choose() {
    const random = names[Math.floor(Math.random() * names.length)];
    try {
      const kept = localStorage.getItem(key);
      if (names.includes(kept)) return kept;
      localStorage.setItem(key, random);
    } catch {
      // The version is shown without being kept.
    }
    return random;
  }

  const variant = names.length > 0 ? choose() : "";

  /** Shows the parts of the visitor's version and hides those of the others. */
  function show() {
    for (const part of document.querySelectorAll("[data-variant]")) {
      part.hidden = part.dataset.variant !== variant;
    }
  }

  /** Returns the campaign in the page's address, as in ?source=newsletter, or an empty text. */
  function campaign() {
    const parameters = new URLSearchParams(location.search);
    const names = ["source", "utm_campaign", "utm_source"];
    return names.map((name) => parameters.get(name)).find(Boolean) ?? "";
  }

  /** Writes a label into a field of the form. An empty label leaves what the author wrote there. */
  function label(form, name, text) {
    if (!text) return;
    let field = form.elements[name];
    if (!field) {
      field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      form.append(field);
    }
    field.value = text.slice(0, 64);
  }

  /** Reports a view to the shop, with the labels that a sale by this form would have. */
  function report(form) {
    const view = new URLSearchParams();
    for (const name of ["product_id", "variant", "source"]) {
      view.set(name, form.elements[name]?.value ?? "");
    }
    navigator.sendBeacon?.(new URL("seen", form.action), view);
  }

  /** Labels all Buy Now forms, and reports a view of the product of the first one. */
  function count() {
    const forms = [...document.forms].filter((form) => form.elements.product_id);
    for (const form of forms) {
      label(form, "variant", variant);
      label(form, "source", campaign());
    }
    if (forms.length === 0) return;
    // A browser may render a page in advance, which is not a view until the visitor opens it.
    if (!document.prerendering) report(forms[0]);
    else document.addEventListener("prerenderingchange", () => report(forms[0]), { once: true });
  }

  // Each part is shown or hidden when it is parsed, before it is drawn.
  const arrivals = new MutationObserver(show);
  if (variant) arrivals.observe(document, { childList: true, subtree: true });

  document.addEventListener("DOMContentLoaded", () => {
    arrivals.disconnect();
    if (variant) show();
    if (!optsOut) count();
  });
}
