// The part of Stripe.js that the shop uses. The emulator appends its settings.
(function (settings) {
  "use strict";

  const origin = new URL(settings.url).origin;
  let hasEmbeddedPage = false;

  async function createEmbeddedCheckoutPage(options) {
    if (hasEmbeddedPage) {
      throw new Error("IntegrationError: You cannot have multiple Embedded Checkout objects.");
    }
    hasEmbeddedPage = true;
    let clientSecret;
    try {
      clientSecret = await (options.fetchClientSecret ? options.fetchClientSecret() : options.clientSecret);
      if (typeof clientSecret !== "string" || !clientSecret.includes("_secret_")) {
        throw new Error("IntegrationError: fetchClientSecret must give a Checkout Session's client secret.");
      }
    } catch (error) {
      hasEmbeddedPage = false;
      throw error;
    }

    const frame = document.createElement("iframe");
    frame.title = "Secure payment";
    frame.name = "embedded-checkout";
    frame.src = settings.url + "/embed/" + encodeURIComponent(clientSecret);
    Object.assign(frame.style, { width: "100%", minHeight: "600px", border: "0", display: "block" });

    function listen(event) {
      if (event.source !== frame.contentWindow || event.origin !== origin) return;
      const message = event.data && event.data.stripeEmulator;
      if (!message) return;
      if (message.height) frame.style.height = message.height + "px";
      if (!message.isComplete) return;
      if (message.destination) window.location.assign(message.destination);
      else if (options.onComplete) options.onComplete();
    }
    window.addEventListener("message", listen);

    return {
      mount(place) {
        const element = typeof place === "string" ? document.querySelector(place) : place;
        if (!element) throw new Error("IntegrationError: No element to mount the payment page in: " + place);
        element.replaceChildren(frame);
      },
      unmount() {
        frame.remove();
      },
      destroy() {
        frame.remove();
        window.removeEventListener("message", listen);
        hasEmbeddedPage = false;
      },
    };
  }

  window.Stripe = function (publishableKey) {
    if (publishableKey !== settings.publishableKey) {
      throw new Error("IntegrationError: Invalid API Key provided to Stripe().");
    }
    return { createEmbeddedCheckoutPage };
  };
})
