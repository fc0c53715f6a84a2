//! What a check-in writes beside the specs: Object Librarian, repository and data dictionary of one path code.

use super::{Place::PathCode, Table, blob, integer, text};

pub const TABLES: &[Table] = &[
    Table {
        name: "F9860", place: PathCode, about: "Object Librarian master: one object",
        columns: &[
            text("SIOBNM", "object"), text("SIMD", "description"), text("SISY", "system code"), text("SISYR", "reporting system code"),
            text("SIFUNO", "type: APPL, UBE, BSFN, BSVW, TBLE, DSTR, GT, SBF, DD"), text("SIFUNU", "use code"), text("SIPFX", "column prefix of a table"),
            text("SISRCLNG", "source language: C or NER"), text("SIPARDLL", "parent library of a business function"),
            text("SICATO", "where a function runs: 1 client, 2 server, 3 both"), integer("SIGTFFU1", "1: the repository holds files of the object"),
            text("SIPID", "program"), text("SIUSER", "user"), text("SIJOBN", "workstation"), text("SIUPMJ", "date, CYYDDD"), text("SIUPMT", "time, HHMMSS"),
        ],
        key: &["SIOBNM"],
    },
    Table {
        name: "F9861", place: PathCode, about: "Object Librarian detail: one object at one place",
        columns: &[
            text("SIOBNM", "object"), text("SIMKEY", "place; blank: central objects"), text("SIPATHCD", "path code"), text("SIJDEVERS", "version token"),
            text("SISTCE", "3: in production"), text("SIUSER", "user"), text("SIUPMJ", "date, CYYDDD"), text("SIUPMT", "time, HHMMSS"),
        ],
        key: &["SIOBNM", "SIMKEY", "SIPATHCD"],
    },
    Table {
        name: "F9862", place: PathCode, about: "Object Librarian functions: one business function",
        columns: &[
            text("SIOBNM", "object"), text("SIFCTNM", "function, 32 characters"), text("SIDSTNM", "data structure"), text("SIEVSK", "event spec key of a named event rule; else 36 blanks"),
            text("SIMD", "description"),
        ],
        key: &["SIFCTNM"],
    },
    Table {
        name: "F9863", place: PathCode, about: "Object Librarian relations: an object that a business function or view uses",
        columns: &[text("SIOBNM", "object"), text("SIFUNO", "type of the related object"), text("SIOBNMRL", "related object")],
        key: &["SIOBNM", "SIFUNO", "SIOBNMRL"],
    },
    Table {
        name: "F9865", place: PathCode, about: "forms of applications",
        columns: &[
            text("SWFMNM", "form"), text("SWMD", "title"), text("SWFMPT", "form type"), text("SWENTRYPT", "Y: entry point"), text("SWOBNM", "application"),
            text("SWSY", "system code"), text("SWHELPID1", "help"),
        ],
        key: &["SWFMNM"],
    },
    Table {
        name: "F98780R", place: PathCode, about: "repository: the par of an object as it was last checked in",
        columns: &[
            text("OMWOBJID", "object"), text("RLS", "release"), text("JDEVERS", "path code"), text("OMWOT", "type"), blob("OMRBLOB", "the par, a ZIP"),
            text("OMRHASH", "BLAKE3 of the par, hexadecimal (ours)"), text("OMRUPMJ", "date, CYYDDD"), text("OMRUPMT", "time, HHMMSS"),
        ],
        key: &["OMWOBJID", "RLS", "JDEVERS"],
    },
    Table {
        name: "F98780H", place: PathCode, about: "repository history: every par that was ever checked in and that a package may name",
        columns: &[
            text("OMWOBJID", "object"), text("OMRHASH", "BLAKE3 of the par, hexadecimal (ours)"), text("RLS", "release"), text("JDEVERS", "path code"),
            text("OMWOT", "type"), blob("OMRBLOB", "the par, a ZIP"), text("OMRUPMJ", "date, CYYDDD"), text("OMRUPMT", "time, HHMMSS"),
        ],
        key: &["OMWOBJID", "OMRHASH"],
    },
    Table {
        name: "F9200", place: PathCode, about: "data dictionary: one item",
        columns: &[text("FRDTAI", "data item alias"), text("FRSY", "system code"), text("FRGG", "glossary group: D data, E error message"), text("FRDSCR", "description"), text("FROBNM", "dictionary object it came with (ours)")],
        key: &["FRDTAI"],
    },
    Table {
        name: "F9210", place: PathCode, about: "data dictionary: specification of an item",
        columns: &[
            text("FRDTAI", "data item alias"), text("FROWTP", "type, an EVDT code"), integer("FRDTAS", "size in characters or digits"), integer("FRDTAD", "decimals"),
            text("FRCLDS", "column title"), text("FRERRL", "severity of an error message: 1 error, 2 warning"), text("FROWDI", "name in C, as OrderNumber"),
        ],
        key: &["FRDTAI"],
    },
];
