//! Every page and mail is for everybody: axe-core finds no barrier, letters of twice the size and a
//! window of 320 pixels lose nothing, nothing moves for who wants no motion, and a keyboard is enough.

use std::{cell::RefCell, env, fs, io::Write, path::Path};

use fantoccini::{
    actions::{InputSource, KeyAction, KeyActions},
    key::Key,
};
use serde_json::{Value, json};

use crate::{
    buyer::{BUY_NOW, Buyer, EMAIL, GOOD_CARD, eventually, story},
    commands::developer_tools,
    driver::Settings,
    states::every_state,
    what_sells::opens_the_report,
};

/// Where `.ci/axe-core` puts the script.
const AXE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../axe-core/axe.min.js");

/// The narrowest window in which a page must not scroll sideways
/// (<https://www.w3.org/TR/WCAG22/#reflow>), in pixels.
const NARROWEST: u32 = 320;

/// Reads axe-core. `None` if it is not there, which a message says, unless `BOOKSTALL_AXE=required`.
fn axe() -> Option<String> {
    if Path::new(AXE).exists() {
        return Some(fs::read_to_string(AXE).unwrap());
    }
    assert!(
        env::var_os("BOOKSTALL_AXE").is_none_or(|value| value != "required"),
        "BOOKSTALL_AXE=required, and there is no axe-core: .ci/axe-core fetches it"
    );
    // The test harness hides what `eprintln!` prints in a test that passes.
    let _ = writeln!(
        std::io::stderr(),
        "NOT RUN: a browser story, for want of axe-core (.ci/axe-core fetches it)"
    );
    None
}

#[tokio::test]
async fn axe_finds_no_barrier_in_any_state() {
    let Some(axe) = axe() else { return };
    story(Settings::default(), async |buyer| {
        let found = Found::default();
        every_state(buyer, &async |name, _| {
            for scheme in ["light", "dark"] {
                shows(buyer, &[("prefers-color-scheme", scheme)]).await;
                found.add(name, scheme, &barriers(buyer, &axe).await);
            }
        })
        .await;
        shows(buyer, &[]).await;
        opens_the_report(buyer).await;
        found.add("report", "", &barriers(buyer, &axe).await);
        buyer.goes_to("/local/report").await;
        found.add("days of the report", "", &barriers(buyer, &axe).await);
        found.is_nothing();
    })
    .await;
}

/// Text may be twice as large, and the window 320 pixels wide: nothing is cut off or moves out of it.
/// Nothing moves for who wants no motion, and a button is seen where colours are the browser's.
#[tokio::test]
async fn every_state_suits_whoever_looks_at_it_otherwise() {
    story(Settings::default(), async |buyer| {
        let found = Found::default();
        every_state(buyer, &async |name, _| {
            shows(buyer, &[("prefers-reduced-motion", "reduce")]).await;
            found.add(name, "moves", &ask(buyer, MOVING).await);
            shows(buyer, &[("forced-colors", "active")]).await;
            found.add(name, "has no edge", &ask(buyer, WITHOUT_EDGE).await);
            shows(buyer, &[]).await;
            for (width, percent) in [(NARROWEST, 100), (1280, 200), (2 * NARROWEST, 200)] {
                is_wide(buyer, Some(width)).await;
                letters_are(buyer, percent).await;
                let state = format!("at {width} pixels, letters of {percent} %");
                found.add(name, &state, &ask(buyer, REACHING_OUT).await);
            }
            letters_are(buyer, 100).await;
            is_wide(buyer, None).await;
        })
        .await;
        found.is_nothing();
    })
    .await;
}

/// What was found in all states, so that one run tells all of it.
#[derive(Default)]
struct Found(RefCell<Vec<String>>);

impl Found {
    /// Adds what was found in a state: an array.
    fn add(&self, name: &str, state: &str, found: &Value) {
        if *found != json!([]) {
            let mut all = self.0.borrow_mut();
            all.push(format!("{name}, {state}: {found:#}"));
        }
    }

    fn is_nothing(&self) {
        let all = self.0.borrow();
        assert!(all.is_empty(), "{}", all.join("\n"));
    }
}

/// What is animated, or would be when it changes.
const MOVING: &str = "[...document.querySelectorAll('*')].filter((one) => { \
    const style = getComputedStyle(one); \
    return style.animationName !== 'none' || style.scrollBehavior === 'smooth' \
        || style.transitionDuration.split(',').some((time) => parseFloat(time) > 0); \
    }).map((one) => one.outerHTML.slice(0, 100))";

/// Buttons whose edge only a colour shows.
const WITHOUT_EDGE: &str = "[...document.querySelectorAll('button, .button')].filter((one) => { \
    const style = getComputedStyle(one); \
    return one.offsetWidth > 0 && style.textDecorationLine === 'none' \
        && [style.borderBlockEndWidth, style.borderBlockStartWidth].every((width) => width === '0px'); \
    }).map((one) => one.outerHTML.slice(0, 100))";

/// The first elements that reach beyond the window, and neither scroll by themselves nor are tables.
const REACHING_OUT: &str = "(() => { \
    const width = document.documentElement.clientWidth; \
    const scrolls = (one) => one.closest('pre, table, .hidden, .skip, svg, option'); \
    return [...document.body.querySelectorAll('*')] \
        .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > width + 1 && !scrolls(one)) \
        .slice(0, 5).map((one) => one.outerHTML.slice(0, 100)); })()";

async fn ask(buyer: &Buyer, expression: &str) -> Value {
    let script = format!("return {expression}");
    buyer.browser().execute(&script, Vec::new()).await.unwrap()
}

/// Runs axe-core in the page, without its frames, and returns what it finds.
///
/// A mail program has the landmarks around a mail. The page of a payment that is being confirmed looks
/// again by itself a few times, and holds nothing that a reader could lose by that.
async fn barriers(buyer: &Buyer, axe: &str) -> Value {
    buyer.browser().execute(axe, Vec::new()).await.unwrap();
    let script = "\
        const done = arguments[arguments.length - 1]; \
        const isMail = document.querySelector('[aria-roledescription=email]') !== null; \
        const rules = { 'meta-refresh': { enabled: false } }; \
        for (const rule of ['region', 'landmark-one-main']) rules[rule] = { enabled: !isMail }; \
        axe.run(document, { iframes: false, resultTypes: ['violations'], rules }).then( \
            ({ violations }) => done(violations.map(({ id, help, nodes }) => \
                ({ id, help, at: nodes.map((node) => [node.html.slice(0, 200), node.failureSummary]) }))), \
            (error) => done(String(error)))";
    let found = buyer.browser().execute_async(script, Vec::new()).await;
    found.unwrap()
}

/// Sets what the style sheets ask of the browser, and forgets what was set before.
async fn shows(buyer: &Buyer, features: &[(&str, &str)]) {
    let features: Vec<_> = features
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    let media = json!({ "features": features });
    developer_tools(buyer.browser(), "Emulation.setEmulatedMedia", media)
        .await
        .unwrap();
}

/// Makes the window so many pixels wide, or as wide as it was.
async fn is_wide(buyer: &Buyer, width: Option<u32>) {
    let (command, metrics) = match width {
        Some(width) => (
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false}),
        ),
        None => ("Emulation.clearDeviceMetricsOverride", json!({})),
    };
    developer_tools(buyer.browser(), command, metrics)
        .await
        .unwrap();
}

/// Sets the size of letters, in hundredths of the usual one.
async fn letters_are(buyer: &Buyer, percent: u32) {
    let script = format!("document.documentElement.style.fontSize = '{percent}%'");
    buyer.browser().execute(&script, Vec::new()).await.unwrap();
}

/// Presses and releases keys, wherever the focus is.
pub(crate) async fn presses_keys(buyer: &Buyer, keys: impl IntoIterator<Item = char>) {
    let mut actions = KeyActions::new("keyboard".to_owned());
    for value in keys {
        actions = actions
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value });
    }
    buyer.browser().perform_actions(actions).await.unwrap();
}

/// Presses the tabulator until the element has the focus.
pub(crate) async fn tabs_to(buyer: &Buyer, selector: &str) {
    for _ in 0..40 {
        let has_focus = format!("document.activeElement.matches(\"{selector}\")");
        if ask(buyer, &has_focus).await == true {
            return;
        }
        presses_keys(buyer, [char::from(Key::Tab)]).await;
    }
    panic!("the tabulator does not lead to {selector}");
}

#[tokio::test]
async fn a_keyboard_is_enough_to_buy_and_to_download() {
    story(Settings::default(), async |buyer| {
        buyer.goes_to("/").await;
        tabs_to(buyer, BUY_NOW).await;
        presses_keys(buyer, [char::from(Key::Enter)]).await;
        buyer.enters_the_frame("dialog.checkout iframe").await;
        buyer.finds("#pay").await;
        buyer.leaves_the_frame().await;
        for (field, text) in [
            ("#email", EMAIL),
            ("#card", GOOD_CARD),
            ("#expiry", "12 / 40"),
            ("#cvc", "123"),
        ] {
            tabs_in_the_frame_to(buyer, field).await;
            presses_keys(buyer, text.chars()).await;
        }
        tabs_in_the_frame_to(buyer, "#pay").await;
        presses_keys(buyer, [char::from(Key::Enter)]).await;
        buyer.arrives_at_the_private_page().await;
        tabs_to(buyer, "button[value=pdf]").await;
        presses_keys(buyer, [char::from(Key::Enter)]).await;
        buyer.sees("4 of 5 downloads left").await;
        buyer.has_downloaded(1).await;
    })
    .await;
}

async fn tabs_in_the_frame_to(buyer: &Buyer, selector: &str) {
    for _ in 0..40 {
        buyer.enters_the_frame("dialog.checkout iframe").await;
        let has_focus =
            format!("document.hasFocus() && document.activeElement.matches('{selector}')");
        let has_focus = ask(buyer, &has_focus).await;
        buyer.leaves_the_frame().await;
        if has_focus == true {
            return;
        }
        presses_keys(buyer, [char::from(Key::Tab)]).await;
    }
    panic!("the tabulator does not lead to {selector}");
}

/// No browser passes the Escape key from a frame of another site on to the page around it. The button
/// that closes the overlay stands before the frame, has the focus first, and is a step back from the
/// frame's first field.
#[tokio::test]
async fn a_keyboard_closes_the_overlay() {
    story(Settings::default(), async |buyer| {
        let close = "dialog.checkout > button";
        for leaves in [Key::Escape, Key::Enter] {
            buyer.goes_to("/").await;
            tabs_to(buyer, BUY_NOW).await;
            presses_keys(buyer, [char::from(Key::Enter)]).await;
            buyer.enters_the_frame("dialog.checkout iframe").await;
            buyer.finds("#pay").await;
            buyer.leaves_the_frame().await;
            let focus = format!("document.activeElement.matches('{close}')");
            assert_eq!(ask(buyer, &focus).await, true);
            tabs_in_the_frame_to(buyer, "#email").await;
            goes_back_until(buyer, &focus).await;
            presses_keys(buyer, [char::from(leaves)]).await;
            eventually("the closed overlay", async || {
                (buyer.count("dialog").await == 0).then_some(())
            })
            .await;
            let focus = format!("document.activeElement.matches(\"{BUY_NOW}\")");
            assert_eq!(ask(buyer, &focus).await, true, "the focus is lost");
        }
    })
    .await;
}

/// Presses Shift and the tabulator until the expression is true, a few times at most.
async fn goes_back_until(buyer: &Buyer, expression: &str) {
    for _ in 0..4 {
        if ask(buyer, expression).await == true {
            return;
        }
        let (shift, tab) = (char::from(Key::Shift), char::from(Key::Tab));
        let keys = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value: shift })
            .then(KeyAction::Down { value: tab })
            .then(KeyAction::Up { value: tab })
            .then(KeyAction::Up { value: shift });
        buyer.browser().perform_actions(keys).await.unwrap();
    }
    panic!("no way back to the button");
}
