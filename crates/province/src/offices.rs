//! Files of other offices in the synthetic province: the regulators' register of licences, who looks after access at
//! each clinic, and when the enrolment desk holds video calls. The columns are those that the product reads.

/// Licences: people who apply in the demo, some of whom must not get through.
pub const LICENCES: &str = "\
regulator,licence,family,status,until,given,place,call_back
NSPR,P-1001,Plaice,active,,Nora,Harbourview Clinic,902 555 0171
NSPR,P-1002,Dunlin,suspended,,Ruth,Tern Bay Family Practice,902 555 0172
NSPR,P-1003,Knot,active,2027-03-31,Armand,Tern Bay Family Practice,902 555 0173
NSPR,P-1004,Smelt,active,,Ines,Kelpie Lane Clinic,902 555 0174
CPSNS,014999,Sculpin,active,,Théo,Kelpie Lane Clinic,902 555 0175
NSCN,NP3301,Whelk,active,,Dara,Harbourview Clinic,902 555 0176
NSCC,C-204,Limpet,active,,Gus,Harbourview Clinic,902 555 0177
";

/// When the enrolment desk holds video calls: two coordinators on weekdays, one on Saturday morning.
pub const MEETINGS: &str = "\
day,from,until,at_once,room
mon,08:30,16:30,2,https://video.opor.example/desk/
tue,08:30,16:30,2,https://video.opor.example/desk/
wed,08:30,16:30,2,https://video.opor.example/desk/
thu,08:30,16:30,2,https://video.opor.example/desk/
fri,08:30,16:30,2,https://video.opor.example/desk/
sat,09:00,12:00,1,https://video.opor.example/desk/
";

/// Two people for each clinic.
pub const ADMINISTRATORS: &str = "\
place,name,email
harbourview,\"Gull, Éva\",eva.gull@harbourview.example
harbourview,\"Rail, Otto\",otto.rail@harbourview.example
tern-bay,\"Bunting, Zoe\",zoe.bunting@ternbay.example
tern-bay,\"Crake, Ali\",ali.crake@ternbay.example
kelpie-lane,\"Siskin, Jo\",jo.siskin@kelpielane.example
kelpie-lane,\"Dipper, Max\",max.dipper@kelpielane.example
";
