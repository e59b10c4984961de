"""Currencies as people write them beside a number, and the code of each (ISO 4217)."""

from __future__ import annotations

CODES: dict[str, str] = {
    "人民币": "CNY", "rmb": "CNY", "cny": "CNY", "¥": "CNY", "￥": "CNY", "yuan": "CNY", "元": "CNY", "圆": "CNY",
    "us$": "USD", "usd": "USD", "$": "USD", "dollars": "USD", "美元": "USD", "美金": "USD",
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "欧元": "EUR",
    "£": "GBP", "gbp": "GBP", "英镑": "GBP", "chf": "CHF", "瑞士法郎": "CHF",
    "hk$": "HKD", "hkd": "HKD", "港元": "HKD", "港币": "HKD", "jpy": "JPY", "日元": "JPY", "nt$": "TWD", "twd": "TWD",
    "新台币": "TWD", "s$": "SGD", "sgd": "SGD", "新加坡元": "SGD", "a$": "AUD", "aud": "AUD", "澳元": "AUD",
    "c$": "CAD", "cad": "CAD", "加元": "CAD", "krw": "KRW", "韩元": "KRW", "mop": "MOP",
}
"""By what is written, in small letters."""
