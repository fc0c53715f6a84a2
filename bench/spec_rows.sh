# Rows for the spec tables: $ROWS of about 1 kB, put straight into the path code's tables. Read with `source` after enterprise.sh.

# Of each table: its share of the rows in percent, its columns, and their values after the object's name for a row numbered `value`. DIGITS
# stands for the 36 digits that name an event, CONTENT for 1 kB of text: the databases have different functions for them.

# insert_spec_rows DIGITS CONTENT: the SQL.
insert_spec_rows() {
    local table share columns values
    while IFS='|' read -r table share columns values; do
        values=${values//DIGITS/$1}
        echo "insert into $table ($columns) select 'P55' || (value / 500), ${values//CONTENT/$2} from generate_series(1, $((ROWS * share / 100))) value;"
    done <<'TABLES'
F98741|35|OBNM, EVSK, EVSEQ, SPECBLOB|DIGITS, value, CONTENT
F98751|25|OBNM, FMNM, CTRLID, CTRLTYPE, SPECBLOB|'W55A', value, 'field', CONTENT
F98750|20|OBNM, FMNM, TEXTID, LNGP, FDTEXT, SPECBLOB|'W55A', value, '', 'Text', CONTENT
F98761|12|OBNM, VERS, SECTID, RDTYPE, SPECBLOB|'', value, 'SECTION', CONTENT
F98711|8|OBNM, TDPSEQ, TDOBND, TDSQLC, SPECBLOB|value, 'QTY', 'OHQTY', CONTENT
TABLES
}

SPEC_TABLES="F98306 F98710 F98711 F98712 F98713 F98720 F98740 F98741 F98743 F98745 F98750 F98751 F98752 F98753 F98760 F98761 F98762"
