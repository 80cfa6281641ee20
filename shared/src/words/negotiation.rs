//! The language that a browser asks for.

use super::Words;

impl Words {
    /// Returns the words in the language that the header `Accept-Language` prefers (RFC 9110,
    /// section 12.5.4) of those that the shop speaks; in English if it names none of them.
    #[must_use]
    pub fn preferred(accept_language: &str) -> Self {
        let ranges = accept_language.split(',').filter_map(|range| {
            let mut parameters = range.split(';').map(str::trim);
            let words = Self::of_tag(parameters.next()?)?;
            let quality =
                parameters.find_map(|one| one.strip_prefix(['q', 'Q'])?.strip_prefix('='));
            let quality = quality.unwrap_or("1").parse::<f32>().ok()?;
            (quality > 0.0 && quality <= 1.0).then_some((words, quality))
        });
        // Of equal ones, the first counts.
        let preferred = ranges.reduce(|best, next| if next.1 > best.1 { next } else { best });
        preferred.map_or(Self::En, |(words, _)| words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_chooses_among_the_languages_of_the_shop() {
        for (header, expected) in [
            ("", Words::En),
            ("de", Words::De),
            ("de-AT,de;q=0.9,en;q=0.8", Words::De),
            ("nl,fr;q=0.8,en;q=0.5", Words::Fr),
            ("en;q=0.5, es-MX;q=0.9", Words::Es),
            ("fr;q=0, de;q=0.1", Words::De),
            ("DE", Words::De),
            ("fr, de", Words::Fr),
            ("*", Words::En),
            ("zh-CN,zh;q=0.9", Words::En),
            ("de;q=x, fr;q=0.1", Words::Fr),
            ("DE-at;Q=0.8", Words::De),
            ("de;q=1.000;x=1", Words::De),
            ("fr;q=inf, es;q=1e9, de;q=0.1", Words::De),
            (",;q=1,;;", Words::En),
        ] {
            assert_eq!(Words::preferred(header), expected, "{header}");
        }
    }
}
