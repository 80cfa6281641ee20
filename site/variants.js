"use strict";

/*
 * Shows each visitor one version of this page, and tells the shop that the page was seen.
 *
 * <script src="variants.js" data-variants="a b"></script> in the head names the versions.
 * What belongs to one of them alone is marked with data-variant="a" or "b", and is "hidden"
 * unless it belongs to the first, which is what is shown and sold without this file. On a page
 * without data-variants it only counts.
 *
 * It is loaded before the page is drawn, so that no other version flashes up. It keeps the name
 * of the version, for this page, in this browser: no cookie, nothing about the visitor. Who has
 * asked not to be tracked sees a version and is not counted.
 */
{
  const names = (document.currentScript.dataset.variants ?? "").split(/\s+/).filter(Boolean);
  const objects = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
  const key = `bookstall-variant:${location.pathname}`;

  /** The version of the last visit, or any. Where storage is blocked, each visit chooses anew. */
  function choose() {
    const any = names[Math.floor(Math.random() * names.length)];
    try {
      const kept = localStorage.getItem(key);
      if (names.includes(kept)) return kept;
      localStorage.setItem(key, any);
    } catch {
      // It is shown all the same.
    }
    return any;
  }

  const variant = names.length > 0 ? choose() : "";

  function show() {
    for (const part of document.querySelectorAll("[data-variant]")) {
      part.hidden = part.dataset.variant !== variant;
    }
  }

  /** The campaign in the address bar: a link to the page may end in ?source=newsletter. */
  function campaign() {
    const address = new URLSearchParams(location.search);
    const names = ["source", "utm_campaign", "utm_source"];
    return names.map((name) => address.get(name)).find(Boolean) ?? "";
  }

  /** Writes into a form what goes with the sale; an empty label leaves what the author wrote. */
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

  /** One view, with the labels that a sale by this form would have. */
  function report(form) {
    const view = new URLSearchParams();
    for (const name of ["product_id", "variant", "source"]) {
      view.set(name, form.elements[name]?.value ?? "");
    }
    navigator.sendBeacon?.(new URL("seen", form.action), view);
  }

  /** The page stands for the product of its first form. */
  function count() {
    const forms = [...document.forms].filter((form) => form.elements.product_id);
    for (const form of forms) {
      label(form, "variant", variant);
      label(form, "source", campaign());
    }
    if (forms.length === 0) return;
    // A browser may prepare a page that nobody will see.
    if (!document.prerendering) report(forms[0]);
    else document.addEventListener("prerenderingchange", () => report(forms[0]), { once: true });
  }

  // Each part is shown or hidden as it arrives, before it is drawn.
  const arrivals = new MutationObserver(show);
  if (variant) arrivals.observe(document, { childList: true, subtree: true });

  document.addEventListener("DOMContentLoaded", () => {
    arrivals.disconnect();
    if (variant) show();
    if (!objects) count();
  });
}
