"""The page that shows what a simulated platform has published."""

from collections.abc import Iterable

from jinja2 import Environment

from local.platforms.accounts import AccountBook
from local.platforms.posts import Post

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ platform }} (simulated)</title>
<style>
  :root { color-scheme: light dark; --line: #8884; --quiet: #7a7f87; --card: #fff;
          --back: #f3f4f6; }
  @media (prefers-color-scheme: dark) { :root { --card: #1c1f24; --back: #121417; } }
  body { margin: 0; background: var(--back); font: 16px/1.5 system-ui, sans-serif; }
  main { max-width: 38rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
  h1 { font-size: 1.25rem; margin: 0 0 1.5rem; }
  h1 small, time, .id, .empty, li { color: var(--quiet); font-size: .85rem; font-weight: normal; }
  article { background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
            padding: 1rem 1.25rem; margin-bottom: 1rem; }
  header { display: flex; gap: .6rem; align-items: baseline; flex-wrap: wrap; }
  header time { margin-left: auto; }
  p { margin: .5rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }
  ul { display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); gap: .5rem;
       margin: .75rem 0; padding: 0; list-style: none; }
  li { border-radius: .5rem; overflow: hidden; background: var(--back); }
  li span { display: block; padding: 2.5rem 1rem; text-align: center; }
  img { display: block; width: 100%; height: 100%; max-height: 24rem; object-fit: cover; }
</style>
</head>
<body>
<main>
<h1>{{ platform }} <small>simulated · {{ posts | length }} visible</small></h1>
{% for post, username in posts %}
<article>
  <header>
    <strong>@{{ username }}</strong> <span class="id">{{ post.account_id }}</span>
    <time datetime="{{ post.visible_at.isoformat() }}">
      {{- post.visible_at.strftime("%-d %b %Y, %H:%M:%S UTC") -}}
    </time>
  </header>
  <p>{{ post.text }}</p>
  {% if post.media %}<ul>
    {% for item in post.media %}
    <li title="SHA-256 {{ item.sha256 }}">
      {%- if item.shown %}<img src="images/{{ item.sha256 }}" alt="" loading="lazy">
      {%- else %}<span>{{ item.kind | capitalize }}, {{ item.size | filesizeformat }}</span>
      {%- endif %}</li>
    {% endfor %}
  </ul>{% endif %}
  <span class="id">{{ post.id }}</span>
</article>
{% else %}
<p class="empty">Nothing has been published yet.</p>
{% endfor %}
</main>
</body>
</html>
"""

_template = Environment(autoescape=True).from_string(_PAGE)


def feed_page(platform: str, posts: Iterable[Post], accounts: AccountBook) -> str:
    """The feed as HTML, in the order given; every text is escaped."""
    named = []
    for post in posts:
        account = accounts.get(post.account_id)
        named.append((post, account.username if account else post.account_id))
    return _template.render(platform=platform, posts=named)
