// The same with a client of openapi-generator's typescript-fetch.
import { Configuration, PostsApi, ResponseError } from "./client/index.js";

declare const process: { argv: string[] };

const [, , basePath, apiKey, text] = process.argv as [string, string, string, string, string];
const posts = new PostsApi(new Configuration({ basePath, apiKey }));
const postBody = { post: { content: { text, platform: ["x", { platform: "threads" }] } } };

const validated = await posts.validatePost({ postBody });
if (!validated.valid) throw new Error(JSON.stringify(validated));
const accepted = await posts.createPost({ postBody });
const read = await posts.readPost({ postId: accepted.postSubmissionId, wait: 60 });
const listed = await posts.listPosts({ q: text, platform: "x" });
if (listed.data.length !== 1) throw new Error("the post is not listed");
const broken = { post: { content: { text, platform: "x", mediaUrls: ["ftp://example.com/a.jpg"] } } };
const refused: unknown = await posts.validatePost({ postBody: broken }).catch((error) => error);
if (!(refused instanceof ResponseError) || refused.response.status !== 400) {
  throw new Error("not refused");
}
console.log(JSON.stringify(read));
