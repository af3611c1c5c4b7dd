"""Words for the state of shelters, as staff says it."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "shelter_state": ("状況", "State"),
    "shelter_open": ("開設中", "Open"),
    "shelter_full": ("満員", "Full"),
    "shelter_closed": ("閉鎖中", "Closed"),
    "shelter_unknown": ("状況は分かりません", "Not known"),
    "shelter_people": ("{count}人", "{count} people"),
    "shelter_people_of": ("{count}人（定員{capacity}人）", "{count} people (capacity {capacity})"),
    "shelter_capacity": ("定員{capacity}人", "capacity {capacity}"),
    "shelter_facility": ("同じ施設の避難所：{state}（{age}）", "Shelter in the same facility: {state} ({age})"),
    "shelter_old": ("{age}の情報", "information from {age}"),
    "shelters_counted": ("開設中 {open}か所・満員 {full}か所", "{open} open, {full} full"),
    "shelters_none_open": (
        "開設中と伝えられている避難所・避難場所はありません",
        "No shelter is reported open",
    ),
    "shelters_none_said": (
        "避難所・避難場所の状況はまだ伝えられていません。開いているかどうかは分かりません",
        "Nothing has been reported about shelters yet; whether any is open is not known",
    ),
    "shelters_state_note": (
        "開設中・満員・閉鎖中は町が伝えた状況と、伝えられてからの時間です。地図で印のない所は状況が分かりません。",
        "Open, full and closed are what the town reported, with the time since. Places without a mark are not known.",
    ),
    "shelters_chip": ("（開設中 {count}）", " ({count} open)"),
}
