//! Tables that exist once per enterprise: path codes, machines, packages, deployments, batch jobs, and our own jobs and cache.

use super::{Place::Control, Table, integer, text};

pub const TABLES: &[Table] = &[
    Table {
        name: "F00942", place: Control, about: "path codes",
        columns: &[text("EMPATHCD", "path code"), text("EMRLS", "release"), text("EMDATS", "central objects data source"), integer("EMBITS", "32 or 64 (ours)")],
        key: &["EMPATHCD"],
    },
    Table {
        name: "F00942T", place: Control, about: "path codes: state of the repository",
        columns: &[
            text("EMPATHCD", "path code"), text("EMDBSRCFLG", "blank or 0: repository not loaded, 2: loading, 1: loaded, 3: counts as loaded"),
            text("EMENVFU2", "blank or 0: sources not converted to 64 bits, 2: converting, 1: converted"),
        ],
        key: &["EMPATHCD"],
    },
    Table {
        name: "F98611", place: Control, about: "data sources",
        columns: &[text("OMDATP", "data source"), text("OMSRVR", "server"), text("OMDATB", "database and schema or file")],
        key: &["OMDATP"],
    },
    Table {
        name: "F9650", place: Control, about: "machine master: one machine",
        columns: &[
            text("MMMKEY", "machine"), text("MMMCHTYP", "deployment, enterprise or web (words ours)"), text("MMPLATFORM", "platform, as linux-x86_64 (ours)"), text("MMTOOLCHAIN", "compiler command (ours)"),
            integer("MMPRIMARY", "1: the primary enterprise server (ours)"),
        ],
        key: &["MMMKEY"],
    },
    Table {
        name: "F9651", place: Control, about: "machine detail: one server and the deployment state that web servers poll",
        columns: &[
            text("MDMKEY", "machine"), integer("MDPORT", "port"), text("MDPATHCD", "path code"), text("MDMCHRCDNM", "50 announced, 10 deploying, 30 available"),
        ],
        key: &["MDMKEY", "MDPORT", "MDPATHCD"],
    },
    Table {
        name: "F96511", place: Control, about: "which package is deployed where",
        columns: &[
            text("SKMKEY", "server"), integer("SKPORT", "port"), text("SKPATHCD", "path code"), text("SKTYPE", "30: the deployed package"), text("SKSERSHP", "package"),
            integer("SKGENID", "generation (ours)"), text("SKUPMJ", "date, CYYDDD"), text("SKUPMT", "time, HHMMSS"),
        ],
        key: &["SKMKEY", "SKPORT", "SKPATHCD", "SKTYPE"],
    },
    Table {
        name: "F9603", place: Control, about: "package header",
        columns: &[
            text("PHJDEPKGNM", "package"), text("PHPATHCD", "path code"), text("PHPKGTYPE", "FULL or UPDATE"), text("PHMD", "description"), text("PHPARENT", "parent package of an update"),
            text("PHSTATUS", "10 in definition, 20 assembled, 30 build defined, 40 building or failed, 50 completed, 60 completed with errors, 70 deployed"),
            text("PHRLS", "release"), text("PHPKGDEFFUT3", "unique library of the package on IBM i"), text("PHUPMJ", "date of the last change, CYYDDD"), text("PHUPMT", "its time, HHMMSS"),
            integer("PHDEPLOYED", "1: was deployed once, so its name is used up (ours)"),
        ],
        key: &["PHJDEPKGNM"],
    },
    Table {
        name: "F9631", place: Control, about: "package detail: one component as it was assembled",
        columns: &[text("PDJDEPKGNM", "package"), text("PDPATHCD", "path code"), text("PDOBNM", "object; * for all objects of the path code"), text("PDFUNO", "type of object")],
        key: &["PDJDEPKGNM", "PDOBNM"],
    },
    Table {
        name: "F96021", place: Control, about: "build status per package and server",
        columns: &[
            text("BHJDEPKGNM", "package"), text("BHPATHCD", "path code"), text("BHMKEY", "server"), text("BHBLDSTS", "30 ready, 40 in progress or failed, 50 completed, 60 completed with errors"),
            text("BHPROG", "program that reports: R9621S server build, R9622C client build"), text("BHSTEP", "step that runs or ran last (ours)"), text("BHUPMJ", "date, CYYDDD"), text("BHUPMT", "time, HHMMSS"),
        ],
        key: &["BHJDEPKGNM", "BHPATHCD", "BHMKEY", "BHPROG"],
    },
    Table {
        name: "F96215", place: Control, about: "build definition",
        columns: &[
            text("PKGBULPKG", "package"), text("PKGBULPATH", "path code"), text("PKGBULSRV", "build servers, with commas; the first is the primary"), text("PKGBULCLI", "Y: build the client package"),
            text("PKGBULCMP", "Y: compress server libraries"), text("PKGBULREP", "Y: repair the repository"), text("PKGBULFUT3", "Y: compress the application component"),
        ],
        key: &["PKGBULPKG"],
    },
    Table {
        name: "F96225", place: Control, about: "objects of a package and how each was built",
        columns: &[
            text("BDJDEPKGNM", "package"), text("BDPATHCD", "path code"), text("BDMKEY", "server; the primary for list rows"), text("BDOBNM", "object"), text("BDVERS", "version, REPAIR for repair rows"),
            text("BDFUNO", "type of object"), text("BDOPER", "operation: 01 build, 11 repair"), text("BDSTATUS", "NOT BUILT, ERROR or SUCCESS"), text("BDPARHASH", "hash of the par the build takes (ours)"),
            text("BDUPMJ", "date, CYYDDD"), text("BDUPMT", "time, HHMMSS"),
        ],
        key: &["BDJDEPKGNM", "BDMKEY", "BDOBNM", "BDVERS", "BDOPER"],
    },
    Table {
        name: "F98825", place: Control, about: "client packages and when each became current",
        columns: &[
            text("UPMKEY", "CLIENT"), text("UPJDEPKGNM", "package"), text("UPPATHCOD", "path code"), text("UPINPKST", "20 current, 30 superseded"), text("UPUPMJ", "date, CYYDDD"), text("UPUPMT", "time, HHMMSS"),
        ],
        key: &["UPMKEY", "UPJDEPKGNM", "UPPATHCOD"],
    },
    Table {
        name: "F986110", place: Control, about: "batch jobs",
        columns: &[
            integer("JCJOBNBR", "job number"), text("JCEXEHOST", "server"), text("JCJOBQUE", "queue"), text("JCUBE", "report"), text("JCVERS", "version"), text("JCJOBSTS", "W waiting, P processing, D done, E error, S queue hold, H held"),
            text("JCUSER", "user"), text("JCPATHCD", "path code"), text("JCPACKAGE", "package the job started with (ours)"), integer("JCGENID", "its generation (ours)"),
            text("JCORDER", "what the job does, JSON (ours)"), text("JCRESULT", "outcome, JSON (ours)"), integer("JCPID", "process (ours)"), integer("JCPIDSTART", "start time of the process, ticks after boot (ours)"),
            integer("JCSUBMITTED", "milliseconds since 1970 (ours)"), integer("JCSTARTED", "milliseconds since 1970 (ours)"), integer("JCENDED", "milliseconds since 1970 (ours)"),
        ],
        key: &["JCJOBNBR"],
    },
    Table {
        name: "PW_QUEUE", place: Control, about: "ours: job queues of a server",
        columns: &[text("SERVER", "server"), text("QUEUE", "queue"), integer("SLOTS", "batch jobs that run at once")],
        key: &["SERVER", "QUEUE"],
    },
    Table {
        name: "PW_SETTING", place: Control, about: "ours: settings of the enterprise",
        columns: &[text("NAME", "setting"), text("CONTENT", "its value")],
        key: &["NAME"],
    },
    Table {
        name: "PW_PACKAGE", place: Control, about: "ours: packages whose spec tables stand complete",
        columns: &[text("PACKAGE", "package"), text("PATHCD", "path code"), text("PLACE", "file of the tables on SQLite; suffix of their names on PostgreSQL"), integer("BUILT", "milliseconds since 1970")],
        key: &["PACKAGE"],
    },
    Table {
        name: "PW_GENERATION", place: Control, about: "ours: an ordered list of packages that a server may point at; never changed",
        columns: &[integer("GENERATION", "number within the path code"), text("PATHCD", "path code"), text("PACKAGES", "full package first, then updates, with commas"), integer("MADE", "milliseconds since 1970")],
        key: &["PATHCD", "GENERATION"],
    },
    Table {
        name: "PW_JOB", place: Control, about: "ours: a plan that is or was carried out",
        columns: &[
            integer("JOB", "job"), text("RECIPE", "recipe"), text("PACKAGE", "package"), text("PATHCD", "path code"), text("STATE", "state of the job"), text("PLAN", "the plan, JSON; never changed"),
            integer("EPOCH", "raised whenever another process takes the job over"), integer("MADE", "milliseconds since 1970"), integer("ENDED", "milliseconds since 1970; 0 while it runs"),
        ],
        key: &["JOB"],
    },
    Table {
        name: "PW_RUN", place: Control, about: "ours: one step of a job on one server",
        columns: &[
            integer("JOB", "job"), integer("RUN", "position in the plan"), text("STEP", "step"), text("SERVER", "server"), text("STATE", "state of the run"), integer("ATTEMPT", "attempts so far"),
            integer("STARTED", "milliseconds since 1970"), integer("ENDED", "milliseconds since 1970"), text("DETAIL", "outcome or failure, JSON"),
        ],
        key: &["JOB", "RUN"],
    },
    Table {
        name: "PW_CACHE", place: Control, about: "ours: what a content key of a compile or link was built into",
        columns: &[
            text("CACHEKEY", "hash over everything the work read"), text("CONTENT", "hash of the result"), text("LOG", "hash of the compiler's messages; blank for none"),
        ],
        key: &["CACHEKEY"],
    },
    Table {
        name: "PW_GOODS", place: Control, about: "ours: content that one server published for others under a name",
        columns: &[text("NAME", "as DV920FA/sources"), text("CONTENT", "its hash")],
        key: &["NAME"],
    },
];
