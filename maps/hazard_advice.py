"""What to do where a hazard layer has a class: short sentences in Japanese, easy Japanese and English.

General advice, nothing official: the municipality's orders stand above it and are named beside it everywhere. No
sentence says that a place is free of danger, and none names an evacuation level as being in force. The sentences follow
the sources named in ``maps/hazard_words.py``; heights of storeys are those of the MLIT guide (0.5 m: floor of the ground floor, 3 m:
floor of the first upper storey, 5 m: eaves of a two-storey house).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Register = Literal["ja", "easy", "en"]
"""日本語, やさしい日本語, English."""

REGISTERS: tuple[Register, ...] = ("ja", "easy", "en")

Sentences = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """A few sentences, the same meaning in each register."""

    ja: Sentences
    easy: Sentences
    en: Sentences

    def in_register(self, register: Register) -> Sentences:
        """The sentences of one register."""
        return {"ja": self.ja, "easy": self.easy, "en": self.en}[register]


_UPSTAIRS_LATE = "外へ出られなくなったときは、建物の中のできるだけ高い所へ上がってください。"
_UPSTAIRS_LATE_EASY = "外に 出られない ときは、建物の 中の 高い 所へ 上がって ください。"
_UPSTAIRS_LATE_EN = "If you can no longer get out, go as high up inside the building as you can."

ADVICE: Mapping[str, Advice] = {
    "flood_shallow": Advice(
        (
            "床の下、またはひざの高さくらいまで水が来るおそれがあります。",
            "浅く見えても、流れのある水の中は歩けません。水が来る前に、早めに移動してください。",
        ),
        ("ひざくらいまで 水が 来るかも しれません。", "水の 中を 歩くのは あぶないです。早く 逃げて ください。"),
        (
            "Water may come up to the floor or to your knees.",
            "Even shallow water that flows can knock you down. Leave early, before the water comes.",
        ),
    ),
    "flood_ground_floor": Advice(
        (
            "1階が水につかるおそれがあります。",
            "水が来る前に、早めに避難場所などへ移動してください。",
            _UPSTAIRS_LATE,
        ),
        ("家の 1階に 水が 入るかも しれません。", "水が 来る 前に 早く 逃げて ください。", _UPSTAIRS_LATE_EASY),
        ("The ground floor may be under water.", "Leave early, before the water comes.", _UPSTAIRS_LATE_EN),
    ),
    "flood_upper_floor": Advice(
        (
            "2階の床より上まで水につかるおそれがあります。",
            "2階へ上がるだけでは足りません。早めに、この区域の外へ立ち退いてください。",
        ),
        (
            "家の 2階まで 水が 来るかも しれません。",
            "2階に 上がる だけでは だめです。早く ほかの 所へ 逃げて ください。",
        ),
        (
            "Water may rise above the floor of the upper storey.",
            "Going upstairs is not enough. Leave this area early.",
        ),
    ),
    "flood_roof": Advice(
        (
            "2階の屋根まで、またはそれより上まで水につかるおそれがあります。",
            "家の上の階へ上がるだけでは足りません。早めに、この区域の外へ立ち退いてください。",
        ),
        (
            "家の 屋根まで 水が 来るかも しれません。",
            "上の 階に 上がる だけでは だめです。早く ほかの 所へ 逃げて ください。",
        ),
        (
            "Water may reach the roof of a house or rise above it.",
            "Going upstairs is not enough. Leave this area early.",
        ),
    ),
    "flood_unknown": Advice(
        ("水につかる区域ですが、深さの区分が分かりません。深いことがあると考えて、早めに移動してください。",),
        ("水が 来るかも しれません。深さは わかりません。早く 逃げて ください。",),
        ("This is a flood area, but its depth class is not known. Expect deep water and leave early.",),
    ),
    "flow": Advice(
        (
            "川からあふれた速い水の流れで、家が倒れたり流されたりするおそれがあります。",
            "家の上の階へ上がるだけでは足りません。早めに、この区域の外へ立ち退いてください。",
        ),
        (
            "川の 水の 力で 家が こわれるかも しれません。",
            "家の 中に いては だめです。早く ほかの 所へ 逃げて ください。",
        ),
        (
            "Fast water from the river may knock houses down or carry them away.",
            "Going upstairs is not enough. Leave this area early.",
        ),
    ),
    "erosion": Advice(
        (
            "川岸が削られて、土地ごと家が崩れるおそれがあります。",
            "家の上の階へ上がるだけでは足りません。早めに、この区域の外へ立ち退いてください。",
        ),
        (
            "川の そばの 土が くずれて 家が こわれるかも しれません。",
            "家の 中に いては だめです。早く ほかの 所へ 逃げて ください。",
        ),
        (
            "The river may wash away its bank, and houses with the ground.",
            "Going upstairs is not enough. Leave this area early.",
        ),
    ),
    "flow_and_erosion": Advice(
        (
            "速い水の流れと川岸の崩れの両方で、家が倒れたり流されたりするおそれがあります。",
            "家の上の階へ上がるだけでは足りません。早めに、この区域の外へ立ち退いてください。",
        ),
        (
            "川の 水と くずれる 土で 家が こわれるかも しれません。",
            "家の 中に いては だめです。早く ほかの 所へ 逃げて ください。",
        ),
        (
            "Both fast water and the loss of the river bank may destroy houses.",
            "Going upstairs is not enough. Leave this area early.",
        ),
    ),
    "collapse_unknown": Advice(
        ("家が倒れたり流されたりするおそれのある区域ですが、区分が分かりません。早めに区域の外へ立ち退いてください。",),
        ("家が こわれるかも しれません。早く ほかの 所へ 逃げて ください。",),
        ("Houses may be destroyed here; the class is not known. Leave this area early.",),
    ),
    "duration_day": Advice(
        ("水が引くまで、1日近くかかるおそれがあります。飲み水、食べ物、薬、携帯トイレを用意してください。",),
        ("水が なくなるまで 1日くらい かかるかも しれません。水、食べ物、薬を 用意して ください。",),
        ("Water may stay for up to about a day. Keep drinking water, food, medicine and a portable toilet ready.",),
    ),
    "duration_days": Advice(
        (
            "水が引くまで、1日から3日かかるおそれがあります。家に残ると、水道、電気、トイレが使えないことがあります。",
            "水が来る前に、区域の外へ移動することを考えてください。",
        ),
        (
            "水が なくなるまで 3日くらい かかるかも しれません。",
            "水道や 電気や トイレが 使えない ことが あります。早く 逃げて ください。",
        ),
        (
            "Water may stay for one to three days. Those who remain may have no tap water, power or toilet.",
            "Consider leaving the area before the water comes.",
        ),
    ),
    "duration_weeks": Advice(
        (
            "水が引くまで、3日より長く、何週間もかかることがあります。家で待つことは難しくなります。",
            "早めに、この区域の外へ立ち退いてください。",
        ),
        (
            "水が 長い 間 なくならない かも しれません。",
            "家で 待つ ことは できません。早く ほかの 所へ 逃げて ください。",
        ),
        (
            "Water may stay for more than three days, even for weeks. Waiting at home will hardly be possible.",
            "Leave this area early.",
        ),
    ),
    "duration_unknown": Advice(
        ("水が残る区域ですが、時間の区分が分かりません。長く残ることがあると考えて用意してください。",),
        ("水が 長い 間 なくならない かも しれません。早く 逃げて ください。",),
        ("Water may stay here; for how long is not known. Be prepared for a long time.",),
    ),
    "slope_red": Advice(
        (
            "土砂で建物が壊れ、命にかかわるおそれのある区域です（特別警戒区域）。",
            "大雨になる前に、早めに区域の外へ立ち退いてください。家の中にとどまるだけでは足りません。",
        ),
        (
            "山や がけの 土が くずれて 家が こわれる 所です。とても あぶないです。",
            "雨が 強く なる 前に 早く ほかの 所へ 逃げて ください。",
        ),
        (
            "Earth and rock may destroy buildings here and endanger lives (special warning zone).",
            "Leave early, before the rain gets heavy. Staying indoors is not enough.",
        ),
    ),
    "slope_yellow": Advice(
        (
            "土砂災害で命や体に危険が及ぶおそれのある区域です（警戒区域）。",
            "大雨のときは、早めに区域の外へ移動してください。",
            "外へ出られなくなったときは、崖や谷から離れた上の階の部屋へ移ってください。",
        ),
        (
            "山や がけの 土が くずれるかも しれません。",
            "雨が 強い ときは 早く ほかの 所へ 逃げて ください。",
            "外に 出られない ときは、山から 遠い 上の 階の 部屋へ 行って ください。",
        ),
        (
            "Landslides or debris flows may endanger people here (warning zone).",
            "In heavy rain leave the area early.",
            "If you can no longer get out, move to an upper room away from the slope or valley.",
        ),
    ),
    "slope_site": Advice(
        (
            "土砂災害の危険がある箇所として調べられた所です。大雨のときは、早めにここから離れてください。",
            "今の警戒区域と範囲が違うことがあります。",
        ),
        ("山や がけの 土が くずれるかも しれません。雨が 強い ときは 早く 逃げて ください。",),
        (
            "This place was surveyed as prone to landslides. In heavy rain move away early.",
            "Today's warning zones may have other limits.",
        ),
    ),
    "slope_unknown": Advice(
        ("土砂災害に関する区域ですが、区分が分かりません。大雨のときは、早めに区域の外へ移動してください。",),
        ("山や がけの 土が くずれるかも しれません。雨が 強い ときは 早く 逃げて ください。",),
        ("This is a landslide area of unknown class. In heavy rain leave it early.",),
    ),
    "avalanche": Advice(
        (
            "雪崩のおそれがある箇所です。",
            "大雪のあとや気温が上がったときは、急な斜面に近づかず、斜面の下にとどまらないでください。",
            "ひび割れや雪のかたまりが落ちてくるのを見たら、すぐにその場を離れてください。",
        ),
        (
            "雪崩（雪が 山から 落ちてくる こと）が あるかも しれません。",
            "雪が たくさん 降った 後や あたたかい 日は、山の 斜面に 近づかないで ください。",
        ),
        (
            "Avalanches may come down here.",
            "After heavy snowfall or when it gets warmer, keep away from steep slopes and do not stay below them.",
            "If you see cracks or lumps of snow rolling down, leave at once.",
        ),
    ),
    "avalanche_unknown": Advice(
        ("雪崩に関する箇所ですが、区分が分かりません。急な斜面の近くにとどまらないでください。",),
        ("雪が 山から 落ちてくるかも しれません。山の 斜面に 近づかないで ください。",),
        ("This is an avalanche site of unknown class. Do not stay near steep slopes.",),
    ),
    "heavy_snow": Advice(
        (
            "雪下ろしは一人でせず、命綱とヘルメットを使ってください。",
            "屋根の下や流雪溝のふたの開いた所に近づかないでください。",
            "車が雪で動けなくなったら、排気口のまわりの雪を取り除き、エンジンを止めてください。一酸化炭素中毒のおそれがあります。",
        ),
        (
            "屋根の 雪を おろす ときは、一人で しないで ください。",
            "屋根の 下に 行かないで ください。雪が 落ちて きます。",
            "車が 動かない ときは、エンジンを 止めて ください。",
        ),
        (
            "Never clear a roof alone; use a rope and a helmet.",
            "Keep away from eaves and from open lids of snow-flushing channels.",
            "If your car is stuck, clear the snow around the exhaust and stop the engine: carbon monoxide can kill.",
        ),
    ),
    "unknown": Advice(
        ("区域の中ですが、区分の意味が分かりません。市の情報を確認してください。",),
        ("あぶない 所かも しれません。市の 情報を 見て ください。",),
        ("The place lies in an area whose class is not known here. Check the municipality's information.",),
    ),
}
