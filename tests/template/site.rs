//! The book page, and what the shop knows of it.

use serde_json::{Value, json};

use crate::cloudformation::{BOOK_PAGE_URL, Template, resolve};

/// A browser lets the scripts of the page call the shop only if the shop names the page's origin.
#[test]
fn the_scripts_of_the_book_page_may_call_the_shop() {
    let template = Template::read();
    let cors = resolve(&template.properties("HttpApi")["CorsConfiguration"]);
    let (origin, _) = BOOK_PAGE_URL.split_once("/books/").unwrap();
    assert_eq!(cors["AllowOrigins"], json!([origin]));
}

/// The shop takes the page's address and nothing else of it, so that it can be anywhere.
#[test]
fn the_shop_deploys_no_part_of_the_book_page() {
    let template = Template::read();
    for kind in [
        "AWS::CloudFront::Distribution",
        "AWS::CloudFront::OriginAccessControl",
    ] {
        assert_eq!(template.resources(kind).count(), 0, "{kind}");
    }
    let buckets: Vec<_> = template.resources("AWS::S3::Bucket").collect();
    assert_eq!(buckets.len(), 1);
    assert_eq!(buckets[0].0, "BooksBucket");
}

#[test]
fn nobody_but_cloudfront_reads_the_bucket_of_the_page() {
    let site = Template::of_site();
    let closed = &site.properties("PageBucket")["PublicAccessBlockConfiguration"];
    assert_eq!(
        closed,
        &json!({
            "BlockPublicAcls": true, "BlockPublicPolicy": true,
            "IgnorePublicAcls": true, "RestrictPublicBuckets": true,
        })
    );
    let policy = &site.properties("PageBucketPolicy")["PolicyDocument"];
    let allowed: Vec<_> = policy["Statement"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|statement| statement["Effect"] == "Allow")
        .collect();
    let [allowed] = allowed[..] else {
        panic!("one statement that allows: {allowed:?}");
    };
    assert_eq!(allowed["Action"], "s3:GetObject");
    assert_eq!(
        allowed["Principal"],
        json!({"Service": "cloudfront.amazonaws.com"})
    );
    let by = resolve(&allowed["Condition"]["StringEquals"]["aws:SourceArn"]);
    assert_eq!(
        by,
        "arn:aws:cloudfront::123456789012:distribution/PageDistribution"
    );
}

#[test]
fn the_page_is_served_encrypted() {
    let site = Template::of_site();
    let distribution = &site.properties("PageDistribution")["DistributionConfig"];
    let behaviour = &distribution["DefaultCacheBehavior"];
    assert_eq!(behaviour["ViewerProtocolPolicy"], "redirect-to-https");
    assert_eq!(distribution["CacheBehaviors"], Value::Null);
}
