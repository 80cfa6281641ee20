//! The report in a browser: on a phone and on a desktop, in both colour schemes.

use serde_json::json;

use crate::{
    buyer::{Buyer, story},
    commands::developer_tools,
    driver::Settings,
};
use tests::simulation::{FROM, TO, simulate};

/// Opens the report of a simulated month.
pub(crate) async fn opens_the_report(buyer: &Buyer) {
    simulate(&buyer.shop).await;
    let path = format!("/local/report?from={FROM}&to={TO}");
    buyer.goes_to(&path).await;
    let frame = buyer.finds("iframe").await;
    let report = frame.attr("src").await.unwrap().unwrap();
    buyer.browser().goto(&report).await.unwrap();
    buyer.sees("Versions of the page").await;
}

async fn ask(buyer: &Buyer, script: &str) -> serde_json::Value {
    let script = format!("return {script}");
    buyer.browser().execute(&script, Vec::new()).await.unwrap()
}

async fn reads_the_report(buyer: &Buyer) {
    opens_the_report(buyer).await;
    let page = ask(buyer, "document.documentElement.scrollWidth <= innerWidth").await;
    assert_eq!(page, true, "the page is wider than its window");
    // Each chart exists in two widths, of which one is shown. Its text is as large as the page's small
    // text.
    let charts = "[...document.querySelectorAll('.chart')].filter((one) => one.offsetWidth > 0)";
    assert_eq!(ask(buyer, &format!("{charts}.length")).await, 4);
    let words = format!(
        "{charts}.flatMap((one) => [...one.querySelectorAll('text')]).every((text) => \
         text.getBoundingClientRect().height >= 11)"
    );
    assert_eq!(ask(buyer, &words).await, true, "words too small to read");
    let ends = format!(
        "{charts}.flatMap((one) => [...one.querySelectorAll('text')].filter((text) => {{ \
         const [a, b] = [text.getBoundingClientRect(), one.getBoundingClientRect()]; \
         return a.left < b.left - 1 || a.right > b.right + 1; }})).map((text) => text.textContent)"
    );
    assert_eq!(
        ask(buyer, &ends).await,
        json!([]),
        "words beyond their chart"
    );
}

#[tokio::test]
async fn a_phone_shows_it_whole() {
    story(Settings::PHONE, reads_the_report).await;
}

#[tokio::test]
async fn a_desk_shows_it_in_the_colours_of_day_and_night() {
    story(Settings::default(), async |buyer| {
        reads_the_report(buyer).await;
        let mut colours = Vec::new();
        for scheme in ["light", "dark"] {
            let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
            developer_tools(buyer.browser(), "Emulation.setEmulatedMedia", media)
                .await
                .unwrap();
            let bar = "getComputedStyle(document.querySelector('.wide rect')).fill";
            colours.push(ask(buyer, bar).await);
        }
        assert_eq!(colours, ["rgb(23, 89, 74)", "rgb(143, 211, 186)"]);
    })
    .await;
}

#[tokio::test]
async fn the_author_chooses_the_days() {
    story(Settings::default(), async |buyer| {
        simulate(&buyer.shop).await;
        buyer.goes_to("/local/report").await;
        let dates = format!(
            "document.querySelector('[name=from]').value = '{FROM}'; \
             document.querySelector('[name=to]').value = '{TO}';"
        );
        buyer.browser().execute(&dates, Vec::new()).await.unwrap();
        buyer.types("[name=product_id]", "wip-2e").await;
        buyer.presses("form button").await;
        buyer
            .arrives("the days", |address| {
                address.contains(&format!("from={FROM}&to={TO}"))
            })
            .await;
        buyer.enters_the_frame("iframe").await;
        buyer.sees(&format!("{FROM} to {TO}")).await;
        buyer.sees("Writing Idiomatic Python").await;
        buyer.leaves_the_frame().await;
    })
    .await;
}
