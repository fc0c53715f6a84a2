//! The enterprise: path codes, machines, servers and queues. A file says what is wanted, tables are the truth.

pub mod apply;
pub mod file;

use engine::plan::PlannedServer;
use engine::value::Value;
use store::{Store, StoreError};

/// A path code as the tables have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathCode {
    pub name: String,
    pub data_source: String,
    pub bits: u16,
    pub release: String,
    pub repository_flag: String,
    pub conversion_flag: String,
}

/// A machine as the tables have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// deployment, enterprise or web.
    pub kind: String,
    pub primary: bool,
    pub server: PlannedServer,
}

/// All of it, as one reading of the tables has it.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    pub path_codes: Vec<PathCode>,
    pub machines: Vec<Machine>,
    /// Server, queue and how many batch jobs run in it at once.
    pub queues: Vec<(String, String, i64)>,
    pub settings: Vec<(String, String)>,
}

impl Fleet {
    pub async fn read(store: &Store) -> Result<Fleet, StoreError> {
        let control = store.control();
        let sql = "SELECT A.EMPATHCD, A.EMDATS, A.EMBITS, A.EMRLS, B.EMDBSRCFLG, B.EMENVFU2 FROM F00942 A JOIN F00942T B ON A.EMPATHCD = B.EMPATHCD ORDER BY A.EMPATHCD";
        let rows = control.query(sql, &[]).await?;
        let path_codes = rows.iter().map(|row| PathCode {
            name: row[0].text().into(),
            data_source: row[1].text().into(),
            bits: u16::try_from(row[2].integer()).unwrap_or(64),
            release: row[3].text().into(),
            repository_flag: row[4].text().into(),
            conversion_flag: row[5].text().into(),
        });
        let path_codes = path_codes.collect();
        let sql = "SELECT A.MMMKEY, A.MMMCHTYP, A.MMPLATFORM, A.MMTOOLCHAIN, A.MMPRIMARY, COALESCE(MIN(B.MDPORT), 0) FROM F9650 A LEFT JOIN F9651 B ON A.MMMKEY = B.MDMKEY \
                   GROUP BY A.MMMKEY, A.MMMCHTYP, A.MMPLATFORM, A.MMTOOLCHAIN, A.MMPRIMARY ORDER BY A.MMPRIMARY DESC, A.MMMKEY";
        let rows = control.query(sql, &[]).await?;
        let machines = rows.iter().map(|row| Machine {
            kind: row[1].text().into(),
            primary: row[4].integer() == 1,
            server: PlannedServer {
                name: row[0].text().into(),
                platform: row[2].text().into(),
                toolchain: row[3].text().into(),
                port: row[5].integer(),
            },
        });
        let machines = machines.collect();
        let rows = control.query("SELECT SERVER, QUEUE, SLOTS FROM PW_QUEUE ORDER BY SERVER, QUEUE", &[]).await?;
        let queues = rows.iter().map(|row| (row[0].text().to_string(), row[1].text().to_string(), row[2].integer())).collect();
        let rows = control.query("SELECT NAME, CONTENT FROM PW_SETTING ORDER BY NAME", &[]).await?;
        let settings = rows.iter().map(|row| (row[0].text().to_string(), row[1].text().to_string())).collect();
        Ok(Fleet { path_codes, machines, queues, settings })
    }

    pub fn path_code(&self, name: &str) -> Option<&PathCode> {
        self.path_codes.iter().find(|path_code| path_code.name == name)
    }

    pub fn machine(&self, name: &str) -> Option<&Machine> {
        self.machines.iter().find(|machine| machine.server.name == name)
    }

    /// Enterprise servers, the primary first.
    pub fn enterprise_servers(&self) -> impl Iterator<Item = &Machine> {
        self.machines.iter().filter(|machine| machine.kind == "enterprise")
    }

    pub fn deployment(&self) -> Option<&Machine> {
        self.machines.iter().find(|machine| machine.kind == "deployment")
    }

    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.iter().find(|(known, _)| known == name).map(|(_, content)| content.as_str())
    }
}

/// Whether a server holds a package that is deployed.
pub async fn live_packages(store: &Store, server: &str) -> Result<Vec<String>, StoreError> {
    let rows = store
        .control()
        .query("SELECT SKSERSHP FROM F96511 WHERE SKMKEY = $1 AND SKTYPE = '30' ORDER BY SKSERSHP", &[Value::from(server)])
        .await?;
    Ok(rows.iter().map(|row| row[0].text().to_string()).collect())
}
