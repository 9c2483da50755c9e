"""Examples of requests and answers about comments."""

from functions.api.openapi.post_examples import POST_ID

COMMENT_ID = "8b8d4ef1-5e0f-5f57-9f0c-3f1de5a8b3a1"
LISTED = {
    "id": COMMENT_ID,
    "platform": "threads",
    "accountId": "threads_brand",
    "kind": "comment",
    "platformCommentId": "18050206876707110",
    "platformParentId": None,
    "platformPostId": "17918195224117851",
    "postSubmissionId": POST_ID,
    "runId": "threads",
    "author": {"id": None, "name": None, "username": "bea", "avatarUrl": None},
    "text": "How much is it?",
    "permalink": "https://www.threads.net/@bea/post/DEKmQ",
    "createdAt": "2026-11-23T14:02:00.000Z",
    "state": "read",
    "readAt": "2026-11-23T14:10:00.000Z",
    "doneAt": None,
    "deletedAt": None,
    "own": False,
    "hidden": False,
    "canReply": True,
    "canHide": True,
    "canDelete": False,
    "pendingAction": None,
    "problem": None,
}
REPLY = {
    "id": "3f79bb7b435b05321651daefd374cdc6",
    "commentId": COMMENT_ID,
    "text": "10 euros, with shipping.",
    "status": "sent",
    "platformCommentId": "18050206876707111",
    "permalink": "https://www.threads.net/@brand/post/DEKmR",
    "createdAt": "2026-11-23T14:11:00.000Z",
    "error": None,
}
NEW_REPLY = {**REPLY, "status": "queued", "platformCommentId": None, "permalink": None}
COMMENT = {**LISTED, "replies": [REPLY]}
PAGE = {"data": [LISTED], "nextCursor": None}
LIST = {"data": [LISTED]}
REPLIES = {"a reply": ("A reply", {"text": "10 euros, with shipping."})}
SEVERAL = {"two": ("Two comments", {"commentIds": [COMMENT_ID, POST_ID]})}
