"""Lists of places: made-up ones counted by hand, and every real one against SOURCES.md."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from table_probes import READERS, noted, probe, read, recognised_by, written

from musubime.errors import InputError
from musubime.opendata import recommended_facilities
from musubime.opendata._kinds import kind_of, rules
from musubime.opendata.model import FacilityPiece
from musubime.provenance import Ledger
from musubime.region import FACILITY_KINDS

OLD = "都道府県コード又は市区町村コード,NO,都道府県名,市区町村名,名称,住所,緯度,経度,利用可能曜日\n"


def _piece(tmp_path: Path, content: str, name: str = "list.csv") -> tuple[FacilityPiece, Ledger]:
    (piece,), ledger = read(recommended_facilities, written(tmp_path, name, content, "cp932"))
    assert isinstance(piece, FacilityPiece)
    return piece, ledger


def test_what_is_wrong_with_coordinates_is_repaired_or_noted(tmp_path: Path) -> None:
    piece, ledger = _piece(
        tmp_path,
        OLD
        + "\n".join(
            [
                "352080,1,山口県,岩国市,錦公民館,錦町広瀬1,34.26,131.95,月火水木金",
                ",2,,,本郷公民館,本郷町本郷2,132.01,34.27,年中無休",  # swapped; code and town filled once above
                "352080,3,山口県,岩国市,小瀬供用会館,小瀬3,343.208813,132.192686,",
                "352080,4,山口県,岩国市,美和公民館,美和町4,,,",
                "352080,5,山口県,岩国市,府谷集会所,錦町5,不明,131.9,",
                "352080,6,山口県,岩国市,秋掛公民館,美和町6,北緯34°20’00”,東経132°03’00”,",
                "352080,7,山口県,岩国市,,美和町7,34.2,132.0,",
                ",,,,,,,,",
                ",,,,合計,,,,",
            ]
        ),
    )
    f = piece.facilities
    assert f.names == ("錦公民館", "本郷公民館", "小瀬供用会館", "美和公民館", "府谷集会所", "秋掛公民館")
    assert f.lat[:2].tolist() == [34.26, 34.27]
    assert f.lon[:2].tolist() == [131.95, 132.01]
    assert np.isnan(f.lat[2:5]).all()
    assert f.lat[5] == pytest.approx(34 + 20 / 60)
    assert set(piece.codes) == {"352080"}
    assert f.days_per_week[:2].tolist() == [5, 7]
    by_sentence = {note.what.to("en"): (note.kind, note.count, note.examples) for note in ledger.notes}
    assert by_sentence["Latitude and longitude stood in each other's column and were swapped."][:2] == ("repair", 1)
    assert by_sentence["Coordinates outside Japan were left out; the places stay."] == (
        "dropped",
        1,
        ("4: 小瀬供用会館 343.208813, 132.192686",),
    )
    assert by_sentence["Coordinates that are no numbers were left out; the places stay."][1] == 1
    assert by_sentence["Places without coordinates."][:2] == ("missing", 1)
    assert by_sentence["Rows without a name were left out."][1] == 1
    filled = (
        "Empty cells of the column 都道府県コード又は市区町村コード were taken to mean the same as in the rows above."
    )
    assert by_sentence[filled][1] == 1


def test_codes_that_are_none_leave_the_places(tmp_path: Path) -> None:
    piece, ledger = _piece(tmp_path, OLD + "352081,1,,,甲公民館,a,34,132,\n352012,2,,,乙公民館,b,34,131,\n")
    assert piece.codes[1] == "352012"
    assert len(piece.facilities) == 2
    assert noted(ledger, "dropped") == {"Municipality codes that are none were left out; the places stay.": 1}


@pytest.mark.parametrize("content", ["名称,備考\n甲,\n", "名称,緯度,経度\n", "", "a,b\n1,2\n"])
def test_what_is_no_list_of_places_is_refused(content: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        recommended_facilities.read(written(tmp_path, "x.csv", content), Ledger())


# -- kinds ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "listing", "kind", "services", "host"),
    [
        ("錦公民館", "public", "community_hall", ("hall",), True),
        ("府谷集会所", "evacuation", "community_hall", ("hall",), True),
        ("岩国市役所（本庁舎）", "aed", "town_office", ("office",), True),
        ("錦総合支所", "aed", "branch_office", ("office",), True),
        ("平生町役場佐賀出張所", "public", "branch_office", ("office",), True),
        ("中央公民館御庄分館（御庄出張所）", "aed", "branch_office", ("office", "hall"), True),
        ("美祢市消防署東部出張所", "public", "other", (), False),
        ("岩国郵便局", "public", "post_office", ("post",), False),
        ("山口県農業協同組合錦支所", "aed", "bank", ("post",), False),
        ("JA山口県美祢給油所", "aed", "fuel_station", ("fuel",), False),
        ("道の駅「ピュアラインにしき」", "tourism", "roadside_station", ("shop",), True),
        ("直売所みとう", "public", "farm_market", ("shop",), False),
        ("ローソン岩国錦町店", "aed", "convenience_store", ("shop",), False),
        ("マックスバリュ玖珂店", "aed", "supermarket", ("shop",), False),
        ("パーラースーパージャンボー", "aed", "other", (), False),
        ("広瀬小学校", "public", "primary_school", ("school",), True),
        ("広瀬小学校", "evacuation", "primary_school", (), True),
        ("(旧）麻里府小学校", "evacuation", "closed_school", (), True),
        ("天尾小学校（休校）", "evacuation", "closed_school", (), True),
        ("旧本郷村役場", "public", "former_office", (), True),
        ("旧宇部銀行館", "aed", "other", (), False),
        ("柳東小学校（グラウンド）", "evacuation", "park", (), False),
        ("田布施近隣公園", "evacuation", "park", (), False),
        ("美祢市田代体育館", "public", "sports", (), True),
        ("帝人岩国事業所体育館", "evacuation", "shelter", (), False),
        ("美祢市武道館", "public", "sports", (), False),
        ("特別養護老人ホーム豊寿苑", "aed", "elderly_care", ("care",), False),
        ("美祢市厚保老人憩いの家", "public", "community_hall", ("hall",), True),
        ("美祢市立美東図書館", "public", "library", (), True),
        ("由宇文化会館", "aed", "culture", (), True),
        ("宇部鴻城高等学校附属幼稚園", "aed", "kindergarten", (), False),
        ("山口市柚野診療所", "public", "clinic", ("clinic",), False),
        ("青空薬局", "medical", "pharmacy", (), False),
        (
            "休日・夜間急病診療所",
            "public",
            "clinic",
            (),
            False,
        ),  # open when all others are closed, not for everyday care
        ("JR西日本 新岩国駅", "aed", "station", (), False),
        ("なんでもない", "aed", "other", (), False),
    ],
)
def test_kinds_from_words_in_names(name: str, listing: str, kind: str, services: tuple[str, ...], host: bool) -> None:
    found = kind_of(name, listing)
    assert (found.kind, found.services, found.host) == (kind, services, host)


@pytest.mark.parametrize(
    ("name", "given", "departments", "kind"),
    [
        ("甲医院", "無床診療所", "内科、歯科", "clinic"),
        ("甲医院", "無床診療所", "歯科、矯正歯科;小児歯科", "dental_clinic"),
        ("岩国歯科病院", "病院", "歯科　歯科口腔外科", "dental_clinic"),
        ("美和病院", "病院", "内科_外科", "hospital"),
        ("和田歯科医院", "", "", "dental_clinic"),
        ("わかば", "薬局", "", "pharmacy"),
        ("美川", "B135210000117", "", "primary_school"),
        ("日積", "B1(小学校)", "", "primary_school"),
        ("柱", "C2", "", "primary_school"),
        ("x", "認定こども園（幼稚園型）", "", "nursery"),
        ("x", "公立幼稚園", "", "kindergarten"),
        ("天尾小学校（休校）", "B135210000117", "", "closed_school"),
    ],
)
def test_the_publishers_own_class_comes_first(name: str, given: str, departments: str, kind: str) -> None:
    listing = "medical" if "医" in name + given or "病院" in given or given in ("薬局", "") else "school"
    assert kind_of(name, listing, (given,), departments).kind == kind


def test_a_school_with_an_end_date_is_closed() -> None:
    found = kind_of("美川小学校", "school", ("B1",), ended=True)
    assert (found.kind, found.closed, found.services) == ("closed_school", True, ())


def test_the_rules_name_kinds_that_exist() -> None:
    table = rules()
    assert {rule.kind for rule in table.names} <= FACILITY_KINDS.keys()
    assert all(rule.any or rule.ends or rule.starts for rule in table.names)
    assert {"closed_school", "community_hall", "branch_office"} <= table.hosts


# -- the real lists ------------------------------------------------------------------------------------------------

# file, listing, rows, rows with coordinates: as in SOURCES.md, but for coordinates that are typing errors in the file
REAL = [
    ("abu_355020/2_医療機関一覧.csv", "medical", 3, 0),
    ("abu_355020/2_教育施設一覧.csv", "public", 6, 0),
    ("hirao_353442/2_.csv", "tourism", 18, 18),
    ("hirao_353442/公共施設一覧.csv", "public", 5, 5),
    ("hirao_353442/小学校・中学校一覧.csv", "public", 3, 3),
    ("iwakuni_352080/05_352080_tourism.csv_2481_marked.csv", "tourism", 21, 21),
    ("iwakuni_352080/352080_aed.csv", "aed", 174, 174),
    ("iwakuni_352080/352080_educational_institution.csv", "school", 60, 60),
    ("iwakuni_352080/352080_emergency_radio.csv", "radio", 245, 245),
    ("iwakuni_352080/352080_evacuation_space.csv", "evacuation", 134, 133),  # one of 343.208813
    ("iwakuni_352080/352080_hospital.csv", "medical", 164, 164),
    ("iwakuni_352080/352080_hospital.xlsx", "medical", 164, 164),
    ("iwakuni_352080/352080_preschool.csv", "childcare", 52, 52),
    ("mine_352136/3101.csv", "tourism", 16, 7),
    ("mine_352136/【美祢市】ごみ処理施設一覧（令和3年10月1日時点）.csv", "public", 6, 4),
    ("mine_352136/【美祢市】コミュニティ施設一覧（令和3年10月1日時点）.csv", "public", 16, 16),
    ("mine_352136/【美祢市】公共施設一覧（令和3年10月1日時点）.csv", "public", 22, 20),
    ("mine_352136/【美祢市】公園・スポーツ施設一覧（令和3年10月1日時点）.csv", "public", 41, 41),
    ("mine_352136/【美祢市】公民館一覧（令和3年10月1日時点）.csv", "public", 13, 13),
    ("mine_352136/【美祢市】医療機関一覧（令和3年10月1日時点）.csv", "medical", 26, 26),
    ("mine_352136/【美祢市】商工・農林施設一覧（令和3年10月1日時点）.csv", "public", 15, 12),
    ("mine_352136/【美祢市】図書館一覧（令和3年10月1日時点）.csv", "public", 3, 3),
    ("mine_352136/【美祢市】学校給食共同調理場一覧（令和3年10月1日時点）.csv", "public", 6, 6),
    ("mine_352136/【美祢市】小学校・中学校一覧（令和3年10月1日時点）.csv", "public", 17, 17),
    ("mine_352136/【美祢市】文化施設一覧（令和3年10月1日時点）.csv", "public", 4, 4),
    ("mine_352136/【美祢市】斎場・墓園一覧（令和3年10月1日時点）.csv", "public", 3, 1),
    ("mine_352136/【美祢市】高齢者福祉施設一覧（令和3年10月1日時点）.csv", "public", 4, 4),
    ("mine_352136/美祢市中学校区.csv", "public", 6, 6),
    ("mine_352136/美祢市小学校区.csv", "public", 13, 13),
    ("nagato_352110/352110_tourism.csv", "tourism", 40, 40),
    ("nagato_352110/【長門市】公衆無線LANアクセスポイント一覧（公共施設分）.csv", "wifi", 6, 6),
    ("nagato_352110/【長門市】防災行政無線設置一覧.csv", "radio", 67, 67),  # in the columns 住所_緯度, 住所_経度
    ("shimonoseki_352012/【下関市】公共施設一覧（公民館）.csv", "public", 34, 0),
    ("shimonoseki_352012/【下関市】公共施設一覧（公立学校）.csv", "public", 67, 0),
    ("shunan_352152/2_中学校一覧.csv", "public", 14, 14),
    ("shunan_352152/2_小学校一覧.csv", "public", 27, 27),
    ("shunan_352152/2_指定緊急避難場所一覧.csv", "evacuation", 137, 137),
    ("shunan_352152/352152_hospital.csv", "medical", 12, 12),
    ("tabuse_353434/353434_evacuation_space.csv", "evacuation", 33, 33),
    ("tabuse_353434/353434_hospital.csv", "medical", 11, 11),
    ("tabuse_353434/353434_school.csv", "public", 5, 0),
    ("tabuse_353434/353434_tourism.csv", "tourism", 5, 0),
    ("waki_353213/教育施設一覧.csv", "public", 4, 4),
    ("yamaguchi-city_352039/hinanjo.csv", "evacuation", 222, 221),  # one has its latitude in both columns
    ("yamaguchi-city_352039/【山口市】小中学校（令和6年4月1日時点）.csv", "school", 49, 49),
    ("yamaguchi-city_352039/健康・医療・福祉その他施設(令和6年4月1日時点).csv", "public", 10, 10),
    ("yamaguchi-city_352039/医療機関一覧(令和6年4月1日時点) .csv", "medical", 145, 145),
    ("yamaguchi-city_352039/道の駅(令和6年4月1日時点).csv", "public", 4, 4),
    ("yamaguchi-pref_350001/350001_tourism.csv", "tourism", 792, 792),
    ("yamaguchi-pref_350001/AED設置場所一覧（csv） （令和3年5月24日現在）.csv", "aed", 2106, 2088),
    ("yamaguchi-pref_350001/【山口県】子育て施設一覧（csv）.csv", "childcare", 612, 607),
    ("yamaguchi-pref_350001/山口県内の医療機関一覧（csv）.csv", "medical", 142, 142),
    ("yamaguchi-pref_350001/指定緊急避難場所一覧（csv）（平成29年12月1日時点）.csv", "evacuation", 1667, 1667),
    ("yanai_352128/352128_emergency_radio.csv", "radio", 49, 0),
    ("yanai_352128/【柳井市】医療機関一覧（令和5年4月1日時点）.csv", "medical", 35, 0),
    ("yanai_352128/【柳井市】指定緊急避難場所一覧.csv", "evacuation", 70, 70),
    ("yanai_352128/柳井市_教育機関一覧.csv", "school", 15, 15),
]


@pytest.mark.shared
@pytest.mark.parametrize(("file", "listing", "rows", "placed"), REAL, ids=[Path(row[0]).name for row in REAL])
def test_real_lists(file: str, listing: str, rows: int, placed: int, shared: Path) -> None:
    found = probe(shared / "facilities" / file)
    assert recognised_by(found) == ["recommended_facilities"]
    (piece,), ledger = read(recommended_facilities, found)
    assert isinstance(piece, FacilityPiece)
    f = piece.facilities
    assert (piece.listing, len(f), int((~np.isnan(f.lat)).sum())) == (listing, rows, placed)
    assert (np.isnan(f.lat) == np.isnan(f.lon)).all()
    assert len(set(f.ids)) == len(f)
    assert ledger.sources[0].rows == rows
    wanting = sum(note.count for note in ledger.notes if "oordinates" in note.what.to("en") and note.kind != "repair")
    assert wanting == rows - placed  # every missing coordinate is accounted for
    code = file.split("/", maxsplit=1)[0].split("_")[1]
    if not code.endswith("0001"):
        assert set(piece.codes) <= {code, ""}  # a school list may have no column of codes
    else:
        assert "350001" not in piece.codes  # the prefecture's own code says no municipality


@pytest.mark.shared
def test_medical_places_of_iwakuni(shared: Path) -> None:
    (piece,), _ = read(recommended_facilities, probe(shared / "facilities/iwakuni_352080/352080_hospital.csv"))
    (book,), _ = read(recommended_facilities, probe(shared / "facilities/iwakuni_352080/352080_hospital.xlsx"))
    assert isinstance(piece, FacilityPiece)
    assert isinstance(book, FacilityPiece)
    f = piece.facilities
    kinds = Counter(f.kinds)
    assert kinds["hospital"] == 17  # the file's own class; none of them is dental only
    assert kinds["clinic"] + kinds["dental_clinic"] == 147  # 7 with beds and 140 without
    days = dict(zip(f.names, f.days_per_week, strict=True))
    assert days["岩国市立美川歯科診療所"] == 1  # Wednesdays
    assert f.kinds[f.names.index("岩国市立美川歯科診療所")] == "dental_clinic"
    assert [(n, k) for n, k in zip(f.names, f.kinds, strict=True) if "本郷" in n] == [
        ("岩国市立本郷診療所", "clinic"),
        ("岩国市立本郷歯科診療所", "dental_clinic"),
    ]
    assert (f.names, f.kinds) == (book.facilities.names, book.facilities.kinds)  # the workbook says the same
    assert np.allclose(f.lat, book.facilities.lat)


@pytest.mark.shared
def test_opening_hours_of_nagato(shared: Path) -> None:
    found = probe(shared / "facilities/nagato_352110/【長門市】医療機関一覧.xls")  # an .xlsx by its content
    assert recognised_by(found) == ["recommended_facilities"]
    pieces, ledger = read(recommended_facilities, found)
    assert [len(piece.facilities) for piece in pieces if isinstance(piece, FacilityPiece)] == [23, 13, 21]
    first = pieces[0]
    assert isinstance(first, FacilityPiece)
    assert first.facilities.names[0] == "天野内科胃腸科医院"
    assert first.facilities.days_per_week[0] == 6  # circles from Monday to Saturday
    assert ledger.sources[0].vintage == "2024-12"
    assert {kind for piece in pieces[1:] if isinstance(piece, FacilityPiece) for kind in piece.facilities.kinds} == {
        "dental_clinic",
        "pharmacy",
    }


@pytest.mark.shared
def test_every_table_of_the_folder_has_one_reader_or_none(shared: Path) -> None:
    unknown = []
    for folder in ("facilities", "small_area", "population_national", "population_yamaguchi", "codes", "designation"):
        for file in sorted((shared / folder).rglob("*")):
            if file.suffix in (".csv", ".xls", ".xlsx", ".json"):
                readers = recognised_by(probe(file))
                assert len(readers) <= 1, f"{file.name}: {readers}"
                unknown += [] if readers else [file.name]
    assert sorted(unknown) == [
        "352080_school_district.csv",
        "352080_school_district_metadata.csv",
        "352128_school_district.csv",
        "kokuchou_yamaguchi.pref_shimachi_3nennreibetsu_1980_2020.xlsx",
        "setaisuzougen_suikeisetaisu_getuzi_simatibetu.xlsx",
        "souzinkou_zinkoudoutai_nennzi-_kenkei3.xlsx",
        "yamaguchi_railway_stations.json",
        "【参考資料】オープンデータ属性定義書.xlsx",
        "【和木町】小中学校通学区域一覧.csv",
        "【長門市】小中学校通学区域一覧.csv",
    ]
    assert all(hasattr(reader, "FORMAT") for reader in READERS)
