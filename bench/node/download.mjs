// The same download as the shop's, with the AWS SDK: one conditional UpdateItem, one presigned
// address.
import { DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";

const KEY = "writing-idiomatic-python/2e.pdf";
const NAME = 'attachment; filename="Writing Idiomatic Python.pdf"';

// Opened while Lambda starts the function, as AWS advises.
const dynamodb = new DynamoDBClient({});
const s3 = new S3Client({ forcePathStyle: true });

export async function handle(event) {
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: process.env.PURCHASES_TABLE,
        Key: { id: { S: event.pathParameters.purchase_id } },
        UpdateExpression: "SET downloads_left = downloads_left - :one",
        ConditionExpression:
          "downloads_left >= :one AND attribute_not_exists(refunded_at) AND attribute_not_exists(suspended_at)",
        ExpressionAttributeValues: { ":one": { N: "1" } },
        ReturnValues: "ALL_NEW",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    );
  } catch (error) {
    if (error.name !== "ConditionalCheckFailedException") throw error;
    return { statusCode: 403, headers: {}, body: "No downloads left" };
  }
  const get = new GetObjectCommand({
    Bucket: process.env.BOOKS_BUCKET,
    Key: KEY,
    ResponseContentDisposition: NAME,
  });
  const location = await getSignedUrl(s3, get, { expiresIn: 600 });
  return { statusCode: 303, headers: { location }, body: "" };
}
