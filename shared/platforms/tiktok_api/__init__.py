"""Parts of TikTok's Content Posting API: its errors, the chunks of an upload, the creator."""
