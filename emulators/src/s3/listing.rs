//! The pages of a listing.

use std::collections::BTreeSet;

use s3s::dto::{
    CommonPrefix, ETag, EncodingType, ListObjectsV2Input, ListObjectsV2Output, Object, Timestamp,
};
use url::form_urlencoded;

use super::store::Found;

/// The most keys that S3 lists in one page.
pub(super) const LARGEST_PAGE: i32 = 1000;

/// Returns one page of a listing. Objects whose key has the delimiter after the prefix are grouped
/// under a common prefix.
pub(super) fn page(objects: Vec<Found>, input: ListObjectsV2Input) -> ListObjectsV2Output {
    let prefix = input.prefix.clone().unwrap_or_default();
    let after = input
        .continuation_token
        .clone()
        .or(input.start_after.clone())
        .unwrap_or_default();
    let most = input
        .max_keys
        .unwrap_or(LARGEST_PAGE)
        .clamp(0, LARGEST_PAGE);
    let encode = |text: String| match &input.encoding_type {
        Some(encoding) if encoding.as_str() == EncodingType::URL => {
            form_urlencoded::byte_serialize(text.as_bytes()).collect()
        }
        _ => text,
    };

    let mut contents = Vec::new();
    let mut common_prefixes = BTreeSet::new();
    let mut key_count = 0;
    let mut last = String::new();
    let mut is_truncated = false;
    for found in objects {
        let key = found.description.key.clone();
        let Some(rest) = key.strip_prefix(&prefix) else {
            continue;
        };
        let common = input
            .delimiter
            .as_deref()
            .filter(|delimiter| !delimiter.is_empty())
            .and_then(|delimiter| Some(rest.find(delimiter)? + delimiter.len()))
            .map(|end| key[..prefix.len() + end].to_owned());
        let is_listed = common
            .as_ref()
            .is_some_and(|common| *common == after || common_prefixes.contains(common));
        if is_listed || key <= after {
            continue;
        }
        if key_count == most {
            is_truncated = true;
            break;
        }
        key_count += 1;
        if let Some(common) = common {
            last.clone_from(&common);
            common_prefixes.insert(common);
        } else {
            last = key;
            contents.push(found);
        }
    }

    ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: input.prefix.map(encode),
        delimiter: input.delimiter.map(encode),
        start_after: input.start_after.map(encode),
        max_keys: Some(most),
        key_count: Some(key_count),
        is_truncated: Some(is_truncated),
        continuation_token: input.continuation_token,
        next_continuation_token: (is_truncated && most > 0).then_some(last),
        contents: Some(
            contents
                .into_iter()
                .map(|found| Object {
                    key: Some(encode(found.description.key)),
                    e_tag: Some(ETag::Strong(found.description.etag)),
                    last_modified: Some(Timestamp::from(found.modified)),
                    size: Some(signed(found.description.length)),
                    ..Object::default()
                })
                .collect(),
        ),
        common_prefixes: Some(
            common_prefixes
                .into_iter()
                .map(|prefix| CommonPrefix {
                    prefix: Some(encode(prefix)),
                })
                .collect(),
        ),
        encoding_type: input.encoding_type,
        ..ListObjectsV2Output::default()
    }
}

/// Returns a length as the SDK has it.
pub(super) fn signed(length: u64) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
