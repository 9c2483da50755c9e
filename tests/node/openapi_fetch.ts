// Validates, posts, reads and lists with the types of openapi-typescript. Prints the post as JSON.
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

declare const process: { argv: string[] };

const [, , baseUrl, key, text] = process.argv as [string, string, string, string, string];
const soku = createClient<paths>({ baseUrl, headers: { "soku-api-key": key } });
const body = {
  post: { content: { text, platform: ["x", { platform: "threads" }] as ("x" | { platform: "threads" })[] } },
};

const validated = await soku.POST("/v1/posts/validate", { body });
if (!validated.data?.valid) throw new Error(JSON.stringify(validated));
const accepted = await soku.POST("/v1/posts", { body });
if (!accepted.data) throw new Error(accepted.error.error.message);
const read = await soku.GET("/v1/posts/{post_id}", {
  params: { path: { post_id: accepted.data.postSubmissionId }, query: { wait: 60 } },
});
const listed = await soku.GET("/v1/posts", { params: { query: { q: text, platform: "x" } } });
if (listed.data?.data.length !== 1) throw new Error("the post is not listed");
const refused = await soku.POST("/v1/posts/validate", {
  body: { post: { content: { text, platform: "x", mediaUrls: ["ftp://example.com/a.jpg"] } } },
});
const error = refused.error && "error" in refused.error ? refused.error.error : undefined;
if (error?.code !== "validation_error") throw new Error("not refused");
console.log(JSON.stringify(read.data));
