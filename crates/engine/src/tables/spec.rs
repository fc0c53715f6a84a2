//! The 17 spec tables of a path code, copied per package (F36), and the tables that only packages have (F36, F37).
//! Each row carries the object it belongs to in `OBNM` (ours: one column for all 17, since a generation resolves rows by
//! object), its own key, and its payload as JSON in `SPECBLOB` (ours; the ERP's payload is XML in a blob).

use super::{
    Column,
    Place::{Package, Serialized, Spec},
    Table, blob, integer, text,
};

const OBNM: Column = text("OBNM", "object the row belongs to");
const BLOB: Column = text("SPECBLOB", "the row's content as JSON (ours)");

pub const TABLES: &[Table] = &[
    Table {
        name: "F98306",
        place: Spec,
        about: "POTEXT: one line of processing option text",
        columns: &[
            OBNM,
            text("PTITNUM", "item number of the option, four digits"),
            integer("PTSQNUM", "line"),
            text("PTPOTX", "the text"),
            BLOB,
        ],
        key: &["OBNM", "PTITNUM", "PTSQNUM"],
    },
    Table {
        name: "F98710",
        place: Spec,
        about: "DDTABL: one table",
        columns: &[OBNM, text("THSIPFX", "column prefix"), integer("THCOLCNT", "number of columns (ours)"), BLOB],
        key: &["OBNM"],
    },
    Table {
        name: "F98711",
        place: Spec,
        about: "DDCLMN: one column of a table",
        columns: &[
            OBNM,
            integer("TDPSEQ", "position, from 1"),
            text("TDOBND", "data item alias"),
            text("TDSQLC", "SQL name: prefix and alias"),
            BLOB,
        ],
        key: &["OBNM", "TDPSEQ"],
    },
    Table {
        name: "F98712",
        place: Spec,
        about: "DDPKEYH: one index of a table",
        columns: &[
            OBNM,
            integer("TPINID", "index number, from 1; 1 is the primary"),
            text("TPDESC", "description"),
            integer("TPUNIQ", "1: unique"),
            BLOB,
        ],
        key: &["OBNM", "TPINID"],
    },
    Table {
        name: "F98713",
        place: Spec,
        about: "DDPKEYD: one column of an index",
        columns: &[
            OBNM,
            integer("TKINID", "index number"),
            integer("TKKSEQ", "position in the index, from 1"),
            text("TKOBND", "data item alias"),
            BLOB,
        ],
        key: &["OBNM", "TKINID", "TKKSEQ"],
    },
    Table { name: "F98720", place: Spec, about: "BOBSPEC: one business view", columns: &[OBNM, BLOB], key: &["OBNM"] },
    Table {
        name: "F98740",
        place: Spec,
        about: "GBRLINK: one event that has event rules",
        columns: &[
            OBNM,
            text("PRDTYP", "1 application, 2 report, 4 table (report's number ours)"),
            text("VERS", "version"),
            text("FMNM", "form or section"),
            integer("CTRLID", "control"),
            text("WEVENT", "event"),
            integer("ERID3", "id"),
            text("EVSK", "event spec key, 36 characters"),
            BLOB,
        ],
        key: &["OBNM", "PRDTYP", "VERS", "FMNM", "CTRLID", "WEVENT", "ERID3"],
    },
    Table {
        name: "F98741",
        place: Spec,
        about: "GBRSPEC: one line of event rules",
        columns: &[OBNM, text("EVSK", "event spec key, 36 characters"), integer("EVSEQ", "line"), BLOB],
        key: &["OBNM", "EVSK", "EVSEQ"],
    },
    Table {
        name: "F98743",
        place: Spec,
        about: "DSTMPL: one data structure with its members",
        columns: &[OBNM, text("DSTYPE", "BSFN, GT or PO (ours)"), BLOB],
        key: &["OBNM"],
    },
    Table {
        name: "F98745",
        place: Spec,
        about: "SMRTTMPL: one smart field template",
        columns: &[OBNM, text("SMRTNM", "smart field"), BLOB],
        key: &["OBNM", "SMRTNM"],
    },
    Table {
        name: "F98750",
        place: Spec,
        about: "FDATEXT: one text of a form",
        columns: &[
            OBNM,
            text("FMNM", "form"),
            integer("TEXTID", "text number; 0 is the form's title"),
            text("LNGP", "language, blank for the base"),
            text("FDTEXT", "the text"),
            BLOB,
        ],
        key: &["OBNM", "FMNM", "TEXTID", "LNGP"],
    },
    Table {
        name: "F98751",
        place: Spec,
        about: "FDASPEC: one control of a form",
        columns: &[OBNM, text("FMNM", "form"), integer("CTRLID", "control"), text("CTRLTYPE", "kind of control (ours)"), BLOB],
        key: &["OBNM", "FMNM", "CTRLID"],
    },
    Table { name: "F98752", place: Spec, about: "ASVRHDR: one application", columns: &[OBNM, BLOB], key: &["OBNM"] },
    Table {
        name: "F98753",
        place: Spec,
        about: "ASVRDTL: one form of an application",
        columns: &[OBNM, text("FMNM", "form"), BLOB],
        key: &["OBNM", "FMNM"],
    },
    Table {
        name: "F98760",
        place: Spec,
        about: "RDATEXT: one text of a report or version",
        columns: &[
            OBNM,
            text("VERS", "version, blank for the report"),
            integer("TEXTID", "text number; 0 is the title"),
            text("LNGP", "language, blank for the base"),
            text("RDTEXT", "the text"),
            BLOB,
        ],
        key: &["OBNM", "VERS", "TEXTID", "LNGP"],
    },
    Table {
        name: "F98761",
        place: Spec,
        about: "RDASPEC: one section, version or function call of a report",
        columns: &[
            OBNM,
            text("VERS", "version, blank for the report"),
            integer("SECTID", "section or position"),
            text("RDTYPE", "SECTION, VERSION or CALL (ours)"),
            BLOB,
        ],
        key: &["OBNM", "VERS", "RDTYPE", "SECTID"],
    },
    Table {
        name: "F98762",
        place: Spec,
        about: "BUSFUNC: one business function",
        columns: &[
            OBNM,
            text("FNNM", "function"),
            text("SRCFNM", "source file without its ending"),
            text("JDEVERS", "version, blank"),
            text("DSTNM", "data structure"),
            BLOB,
        ],
        key: &["OBNM", "FNNM"],
    },
];

pub const PACKAGE_TABLES: &[Table] = &[
    Table {
        name: "F98770",
        place: Package,
        about: "package manifest: a head row with blank OBNM, then one row per object",
        columns: &[
            text("PKGNM", "package"),
            text("OBNM", "object; blank on the head row"),
            text("OBTYPE", "kind of object; on the head row FULL or UPDATE"),
            text("PARHASH", "hash of the par that the rows come from (ours)"),
            integer("ROWCNT", "spec rows of the object; on the head row of all (ours)"),
            text("UPMJ", "build date, CYYDDD"),
            text("UPMT", "build time, HHMMSS"),
        ],
        key: &["PKGNM", "OBNM"],
    },
    Table {
        name: "F989999",
        place: Serialized,
        about: "serialized objects generated for web servers",
        columns: &[text("WBOID", "object id"), text("WBJVER", "version"), blob("WBJPO", "the object")],
        key: &["WBOID"],
    },
    Table {
        name: "F999999",
        place: Serialized,
        about: "serialized objects generated for web servers, second table of the pair (columns ours)",
        columns: &[text("WBOID", "object id"), text("WBJVER", "version"), blob("WBJPO", "the object")],
        key: &["WBOID"],
    },
];
