//! Which requests are counted as visits: those of people who do not object.

use lambda_http::{Request, http::header};

use crate::web::request::text_header;

/// Words in the `User-Agent` of robots, in lower case. They are the general words of
/// <https://github.com/monperrus/crawler-user-agents> (MIT), which cover nearly all of its list, and
/// the names of common robots that use none of those. A robot that passes for a browser is counted.
const ROBOTS: [&str; 28] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "scrape",
    "archiver",
    "preview",
    "facebookexternalhit",
    "whatsapp",
    "embedly",
    "feed",
    "monitor",
    "uptime",
    "pingdom",
    "lighthouse",
    "headless",
    "phantomjs",
    "curl/",
    "wget/",
    "python",
    "java/",
    "okhttp",
    "go-http-client",
    "node-fetch",
    "axios/",
    "libwww",
    "httpclient",
    "mediapartners",
];

/// Whether a request counts as a visit: it comes from a browser, and the browser sends neither
/// [Global Privacy Control](https://www.w3.org/TR/gpc/) nor its predecessor, Do Not Track.
#[must_use]
pub fn is_counted(request: &Request) -> bool {
    let agent = text_header(request, header::USER_AGENT);
    let objects = ["sec-gpc", "dnt"]
        .into_iter()
        .any(|name| text_header(request, name).trim() == "1");
    !objects && !is_robot(agent)
}

/// Whether a `User-Agent` names a robot, or is empty: every browser sends one.
fn is_robot(agent: &str) -> bool {
    // Cubot is a brand of phones.
    let agent = agent.to_ascii_lowercase().replace("cubot", "");
    agent.trim().is_empty() || ROBOTS.iter().any(|word| agent.contains(word))
}

#[cfg(test)]
mod tests {
    use lambda_http::Body;

    use super::*;

    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

    fn is_counted_with(headers: &[(&'static str, &str)]) -> bool {
        let mut request = Request::new(Body::Empty);
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        is_counted(&request)
    }

    #[test]
    fn browsers_are_counted() {
        for agent in [
            FIREFOX,
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36 EdgA/142.0.0.0",
            "Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
        ] {
            assert!(is_counted_with(&[("user-agent", agent)]), "{agent}");
        }
    }

    #[test]
    fn robots_that_say_so_are_not() {
        for agent in [
            "",
            " ",
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
            "GPTBot/1.2",
            "curl/8.14.1",
            "python-requests/2.32.4",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36",
        ] {
            assert!(!is_counted_with(&[("user-agent", agent)]), "{agent:?}");
        }
        assert!(!is_counted_with(&[]));
    }

    #[test]
    fn who_objects_is_not_counted() {
        for objection in ["sec-gpc", "dnt"] {
            assert!(!is_counted_with(&[
                ("user-agent", FIREFOX),
                (objection, "1")
            ]));
            assert!(is_counted_with(&[
                ("user-agent", FIREFOX),
                (objection, "0")
            ]));
        }
    }
}
