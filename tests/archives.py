"""Small files in the formats of other people's archives, made here, with every trap of the real."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

from tests.samples import JSON

PAGE, OTHER_PAGE = "100000000000001", "100000000000002"
TWICE, TWO_DATES, UNEVEN = f"{PAGE}_12", f"{PAGE}_13", f"{PAGE}_14"

FACEBOOK_HEADER = (
    "status_id,status_type,status_published,num_reactions,num_comments,num_shares,num_likes,"
    "num_loves,num_wows,num_hahas,num_sads,num_angrys,Column1"
)
FACEBOOK_ROWS = [
    f"{PAGE}_15,video,4/22/2018 22:45,16,5,2,10,1,2,0,3,0,",
    f"{PAGE}_11,photo,4/12/18 06:00,7,0,0,7,0,0,0,0,0,",
    f"{TWICE},photo,4/13/2018 6:00,7,1,0,7,0,0,0,0,0,",
    f"{TWICE},photo,4/13/2018 6:00,7,1,0,7,0,0,0,0,0,",
    f"{TWO_DATES},link,9/11/13 00:12,5,0,1,5,0,0,0,0,0,",
    f"{TWO_DATES},link,4/22/2014 5:43,5,0,1,5,0,0,0,0,0,",
    f"{UNEVEN},status,5/8/17 23:59,885,0,0,880,1,0,0,0,0,",
    f"{OTHER_PAGE}_16,photo,1/1/18 01:39,0,0,0,0,0,0,0,0,0,",
]
FACEBOOK_BAD_ROWS = [
    f"{PAGE}_17,photo,yesterday,1,0,0,1,0,0,0,0,0,",
    f"{PAGE}_18,photo,4/14/2018 6:00,1,0,0,1.5,0,0,0,0,0,",
]

GERMAN_HEADER = "account_id,post_id,url_id,hashtag_id,domain_id,phash_id,timestamp"
GERMAN_ROWS = [
    "fb_1,11,901,,801,,1629504000.0",  # midnight of 21 August in UTC
    "fb_2,12,901,31,801,,1629503999.0",  # a second before
    "fb_2,12,901,32,801,,1629503999.0",  # the same message and link with another tag
    "fb_2,12,902,32,802,41,1629503999.0",  # another link in the same message
    "tw_1,13,901,,801,,1629504001.0",
    "tw_1,14,,31,,,1629504002.0",
    "fb_45,,,,,,1632141427.0",
]
GERMAN_BAD_ROWS = ["tw_2,15,901,,801,,last week", "tw_2,,901,,801,,1629504003.0"]


TWEETS_HEADER = (
    "created_at,id,clean_text,favorite_count,retweet_count,original_tweet,tweet_media,hashtag_text,"
    "mention_names,in_reply_to_screen_name,in_reply_to_status_id,is_quote_status,is_diplomatic"
)
TWEETS_ROWS = [
    "11/18/19 20:37,1.20E+18,\"Peace &amp; trade\",694,206,TRUE,,\"['NATO', 'UN']\",,,,FALSE,1",
    "11/18/19 20:37,1.20E+18,of the same minute,1,0,TRUE,photo,,,,,TRUE,1",
    "11/17/19 23:59,1.20E+18,an answer,2,1,TRUE,,,,Office,1.20E+18,FALSE,1",
    "8/7/19 0:01,9007199254741111,whole,3,4,TRUE,video,,,,,FALSE,0",
]


def write_facebook(path: Path, bad: bool = False) -> Path:
    """Page posts as a spreadsheet saved them: a mark at the beginning, lines ending in CR LF."""
    rows = [FACEBOOK_HEADER, *FACEBOOK_ROWS, *(FACEBOOK_BAD_ROWS if bad else [])]
    path.write_bytes(("\ufeff" + "\r\n".join(rows) + "\r\n").encode())
    return path


def write_german(path: Path, bad: bool = False) -> Path:
    """Messages with their links, gzipped."""
    rows = [GERMAN_HEADER, *GERMAN_ROWS, *(GERMAN_BAD_ROWS if bad else [])]
    path.write_bytes(gzip.compress("\n".join(rows).encode()))
    return path


def write_tweets(path: Path) -> Path:
    """A leader's tweets as a spreadsheet saved them: of four ids one is whole."""
    path.write_bytes(("\ufeff" + "\r\n".join([TWEETS_HEADER, *TWEETS_ROWS]) + "\r\n").encode())
    return path


def write_timeline(path: Path) -> Path:
    """A leader's timeline, newest tweet first: original, reply, quote, retweet."""
    path.write_bytes(gzip.compress(json.dumps(timeline()).encode()))
    return path


def timeline() -> list[JSON]:
    """Four tweets, each a day older than the one before."""
    link = {"url": "https://t.co/a", "expanded_url": "https://example.org/speech"}
    return [
        _tweet(9007199254740993, "Sat Sep 23 21:36:01 +0000 2017", text="Peace &amp; trade")
        | {"entities": {"hashtags": [{"text": "UNGA"}], "urls": [link]}},
        _tweet(9007199254740992, "Fri Sep 22 21:36:01 +0000 2017", lang="in")
        | {"in_reply_to_status_id_str": "5", "in_reply_to_user_id_str": "6"},
        _tweet(9007199254740991, "Thu Sep 21 21:36:01 +0000 2017", lang="und")
        | {"is_quote_status": True, "quoted_status_id_str": "7"},
        _tweet(9007199254740990, "Wed Sep 20 21:36:01 +0000 2017", followers=1)
        | {"retweeted_status": {"id": 8, "id_str": "8"}, "retweet_count": 70_000}
        | {"extended_entities": {"media": [{"type": "photo"}, {"type": "photo"}]}},
    ]


def _tweet(
    number: int, created_at: str, text: str = "text", lang: str = "en", followers: int = 598_827
) -> JSON:
    user = {
        "id": 726748106,
        "id_str": "726748106",
        "screen_name": "Office",
        "name": "The Office",
        "created_at": "Mon Jul 30 20:02:44 +0000 2012",
        "followers_count": followers,
        "friends_count": 616,
        "description": "Official",
        "location": "",
        "url": None,
        "lang": "en",
        "verified": True,
    }
    return {
        "id": float(number),  # as a reader of JSON with one kind of number has it
        "id_str": str(number),
        "created_at": created_at,
        "text": text,
        "lang": lang,
        "user": user,
        "retweet_count": 193,
        "favorite_count": 747,
    }


def table_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, gzip or plain: as the tests read it, not as the sources do."""
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))
