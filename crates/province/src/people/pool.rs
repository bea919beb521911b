//! Where names are drawn from: the short tables of the demo, or a pool as wide and as uneven as a province's.
//!
//! A few names are borne by very many and many names by very few; a record linker lives from that difference. The
//! rare ones are put together from syllables, so that no list of real people is behind them.

use std::sync::LazyLock;

use super::{Sex, Tradition, names};
use crate::rng::Rng;

/// A list of words parted by blanks, cut once.
macro_rules! words {
    ($name:ident, $text:literal) => {
        static $name: LazyLock<Vec<&'static str>> = LazyLock::new(|| $text.split_whitespace().collect());
    };
}

/// How wide the choice of names is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pool {
    /// The tables of [`names`] alone, each name as likely as the other.
    Demo,
    /// Common names commonly, and thousands of rare ones.
    Province,
}

// Given names of the last ninety years, shared by the long-settled traditions; the earlier the commoner.
words!(
    FEMALE,
    "Mary Patricia Barbara Linda Margaret Susan Jennifer Sarah Elizabeth Donna Nancy Karen Sandra Carol \
Heather Emma Olivia Ashley Jessica Emily Dorothy Shirley Joan Judith Sharon Brenda Debra Cheryl Kathleen Pamela Janet \
Catherine Christine Deborah Carolyn Diane Joyce Helen Ruth Marion Betty Jean Marjorie Audrey Phyllis Eileen Florence \
Gladys Mildred Edith Hilda Muriel Thelma Irene Doris Lillian Evelyn Beatrice Bernice Ethel Isabel Eleanor Norma \
Geraldine Beverly Marilyn Gail Paula Wendy Tracy Tina Lori Lisa Kimberly Michelle Angela Stephanie Nicole Melissa \
Amanda Amy Crystal Tara Jill Holly April Natasha Krista Andrea Erin Shannon Kelly Stacey Rebecca Rachel Laura Danielle \
Samantha Kayla Courtney Brittany Megan Chelsea Taylor Alexandra Victoria Hannah Madison Abigail Chloe Ava Sophia \
Charlotte Amelia Lily Ella Claire Nora Violet Hazel Ivy Paige Brooke Morgan Sydney Haley Julia Leah Grace Lucy Molly \
Alice Clara Cora Edna Elsie Minnie Myrtle Pearl Ruby Stella Vera Viola Winifred Agnes Rose Theresa Frances Josephine \
Loretta Bernadette Yvonne Yvette Denise Colleen Maureen Noreen Sheila Valerie Vivian Wanda Willa Zelda Roberta Regina \
Rosalie Priscilla Penelope Ophelia Nadine Myra Miriam Meredith Maxine Maude Marlene Lorna Lois Leona Lena Kay Juliet \
Joanne Iris Imogen Hope Hattie Greta Gwendolyn Glenda Freda Faye Fern Fiona Estelle Erica Elva Elaine Della Daphne \
Cynthia Connie Cecilia Cassandra Carla Camille Blanche Bridget Bonnie Bethany Belinda Arlene Anita Allison Adele \
Harper Isla Aria Mila Quinn Rowan Sadie Piper Skylar Autumn Peyton Avery Kinsley Everly Mackenzie Delaney Tessa Briar"
);

words!(
    MALE,
    "John James Robert William David Michael Donald George Kenneth Joseph Paul Richard Thomas Daniel Brian \
Stephen Mark Charles Christopher Matthew Andrew Kevin Gary Ronald Wayne Douglas Gordon Peter Allan Ian Scott Jason \
Ryan Jeffrey Timothy Gerald Raymond Lawrence Roger Ralph Harold Walter Frank Arthur Albert Ernest Edward Henry Fred \
Leonard Roy Clarence Earl Eugene Francis Howard Lloyd Melvin Norman Stanley Vernon Victor Vincent Wallace Warren \
Leo Leroy Lester Lewis Lorne Murray Neil Philip Reginald Russell Sidney Terrence Randy Rodney Dale Darrell Dwayne \
Craig Todd Shawn Sean Troy Trevor Tyler Justin Joshua Brandon Kyle Cody Jordan Dylan Zachary Nathan Nicholas Adam \
Aaron Benjamin Samuel Alexander Ethan Logan Liam Noah Owen Lucas Jack Jacob Mason Carter Hunter Connor Evan Cole \
Austin Blake Bradley Brent Bruce Byron Calvin Cameron Chad Chester Clayton Clifford Clyde Colin Curtis Cyril Dean \
Dennis Derek Desmond Duncan Edgar Edmund Edwin Elliott Elmer Eric Everett Floyd Garnet Garth Geoffrey Gilbert Glen \
Graham Grant Gregory Guy Harvey Herbert Herman Hubert Hugh Irving Isaac Ivan Jared Jerome Jesse Joel Jonathan Keith \
Kirk Kurt Lance Leslie Lyle Malcolm Marshall Martin Marvin Maurice Max Miles Mitchell Morris Nelson Oliver Oscar \
Patrick Percy Perry Preston Quentin Rex Riley Roland Rory Ross Rupert Sebastian Seth Sheldon Spencer Stuart Theodore \
Tobias Travis Vaughn Wade Weston Wesley Wilfred Willis Winston Xavier Hudson Levi Wyatt Easton Jaxon Landon Bentley \
Grayson Emmett Beckett Jasper Silas Ezra Finn Theo Declan Kai Asher Parker Brody Nolan Maxwell Gavin Caleb Eli Luke"
);

// Beginnings and ends of English, Irish and German shore names.
words!(
    ENGLISH_ROOTS,
    "Ash Barn Beck Bick Black Brad Bram Bright Brook Burn Cald Carl Cat Chad Clay Cliff Cole Crad Craw \
Dan Den Dray East El Fair Farn Far Field Ford Gar Glad Good Green Gren Had Hal Ham Hard Hart Has Hath Haw Heath Her Hill \
Hol Horn Hud Hunt Kel Kirk Lang Law Lin Long Lud Mar Mel Mid Mill Mor New Nor North Oak Old Pem Pen Pick Pres Rad Red Rich \
Rock Ros Row Rush Sand Shel Sher Ship Sto Stan Stock Strat Sud Sut Swan Tat Thorn Til Tun Tur Wake Wal War Wat Web Wes \
West Whit Wick Wil Win Wood Wor Wyn"
);
words!(
    ENGLISH_ENDS,
    "ford ley ton well wood worth man field son ham ridge brook more land ward stead hurst combe croft dale er ing"
);
words!(
    GERMAN_ROOTS,
    "Acker Bach Berg Dauph Eisen Ern Fein Feld Ham Heis Hirsch Hoff Kaul Klein Knick Koch Lang Lohn \
Mei Mosh Naug Oberl Ren Rit Schaff Schnar Schwar Seeb Selig Spind Star Tann Vei Wam Weins Wil Zin Zwi"
);
words!(GERMAN_ENDS, "ler er man hauer bach feld inger itz kle nott meier enkirk ard el");
words!(
    GAELIC_ROOTS,
    "Adam Allister Aulay Arthur Askill Aveety Callum Cormick Culloch Cuish Cusker Dermid Dougall Duff \
Ewen Fadyen Farlane Garry Gregor Innis Intosh Intyre Ivor Kay Keigan Kenna Kenzie Killop Lachlan Laren Lellan Lennan \
Master Millan Mullin Nab Naughton Nicol Pherson Quarrie Queen Rae Ritchie Rury Sween Tavish Vey Vicar Watt Whirter"
);
words!(
    GAELIC_PLAIN,
    "Beaton Boyd Buchanan Campbell Cameron Chisholm Ferguson Fraser Gillies Gillis Graham Grant Kennedy \
Livingstone Matheson Morrison Munro Murray Nicholson Rankin Ross Sinclair Stewart Sutherland Walker Urquhart"
);
words!(
    ACADIAN_ROOTS,
    "Arse Barrio Beaudro Belliveau Bergero Bland Bourgeo Brasse Cheni Corpor David Delor Doiro Dupui \
Forge Gallan Gaute Giro Godi Granger Guilbo Guid Hach Haché Héber Janni Jolicoeu Lambe Lando Lavache Lavig Leblan Lejeun \
Léger Levro Maill Marti Mazero Mius Pelleri Petitpa Pitr Préjea Richar Rossigno Roy Savoi Sirois Sonnie Terrio Tremblay \
Vigneau Vincen"
);
words!(ACADIAN_ENDS, "t ard eau in on ier el ois ette and");
words!(
    MIKMAW_MORE,
    "Bernard Cope Cremo Christmas Doucette Ginnish Gloade Jeddore Joe Labrador Luxey Meuse Michael Muise \
Nicholas Paul Paul Peters Phillips Poulette Sapier Simon Siah Stephens Syliboy Sylliboy Ward Wilmot"
);
words!(
    ARABIC_ROOTS,
    "Abboud Atallah Awad Aziz Azar Badawi Baroudi Bashir Boutros Chahine Daher Diab Farah Farhat Fayad \
Ghanem Habib Hajjar Hakim Halabi Hamdan Hanna Harb Hijazi Homsi Issa Jaber Jabbour Karam Kassem Khalil Maalouf Malouf \
Mahfouz Massoud Mikhail Moussa Najjar Nader Najm Obeid Qasim Rahal Rizk Saad Sabbagh Said Salameh Salem Samaha Sarkis \
Sawaya Shami Sleiman Tannous Taha Wehbe Yassin Younes Zaki Zidan"
);
words!(
    ARABIC_FEMALE,
    "Amal Amina Basma Dalal Farah Ghada Hala Hanan Hiba Iman Jana Joumana Lina Lubna Maha Manal \
Marwa Maya Mona Nada Nadia Najwa Nawal Nisreen Rana Rasha Reem Rima Rola Ruba Sahar Sana Sara Shadia Souad Suha Wafa Zeina"
);
words!(
    ARABIC_MALE,
    "Adel Adnan Amin Amir Anwar Bassam Bashar Fadi Faisal Farid Ghassan Habib Haitham Hamza Hani Ibrahim \
Imad Issam Jamal Jamil Kamal Karim Maher Majed Marwan Mazen Mustafa Nabil Nader Naji Nizar Rafik Rami Rashid Sami Salim \
Tarek Walid Wissam Yasser Youssef Zaher"
);
words!(
    CHINESE_FAMILY,
    "Wang Li Zhang Chen Liu Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie \
Song Tang Han Feng Yu Dong Xiao Cheng Cao Yuan Deng Fu Shen Zeng Peng Lu Su Jiang Cai Jia Ding Wei Xue Ye Yan Pan Du Dai \
Xia Zhong Tian Ren Fan Fang Shi Yao Tan Liao Zou Xiong Jin Hao Kong Bai Cui Kang Mao Qiu Qin Gu Hou Shao Meng Long Wan \
Cheung Leung Kwok Lam Lee Ho Yip Tsang Fung Chow Mak Tam"
);
words!(
    CHINESE_SYLLABLES,
    "xiao mei hua yu fen jing yi li si xin rui hui yan shu min jian guo zhi qiang hao ran chen guang \
ming wei dong zi han lei jun shi tian jia wen xue lan fang qing yun ling ping bo kai peng fei long yong hong hai tao bin \
chun xia qiu dong mo ya qi ying zhen juan lin na"
);
words!(
    ASIAN_FAMILY,
    "Agarwal Ahuja Arora Bains Bajwa Bhatt Bhatti Brar Chaudhry Chopra Das Desai Dhaliwal Dhillon D'Souza \
Garg George Ghosh Goyal Grewal Iyer Jain Joshi Kapoor Kumar Malhotra Malik Mehta Mishra Mukherjee Nagra Pillai Prasad \
Qureshi Rai Raj Rao Saini Sethi Shaikh Sidhu Siddiqui Silva Sodhi Subramaniam Toor Varghese Varma Verma Virk Yadav"
);
words!(
    ASIAN_FEMALE,
    "Aarti Aditi Amrit Ananya Anita Anu Deepa Deepika Farah Gurleen Indira Isha Jyoti Kamala Kavita Kiran \
Komal Lata Leela Madhu Manjit Nandini Navdeep Neha Nisha Pooja Radha Rani Rekha Ritu Rupinder Sana Sarita Savita Seema \
Shreya Sneha Sonia Swati Tanvi Uma Usha Vandana Vidya Zara"
);
words!(
    ASIAN_MALE,
    "Abhishek Aditya Ajay Aman Amit Amrinder Anand Arun Baljit Bikram Deepak Dinesh Ganesh Gagan Girish Hari \
Inder Jagdeep Jaspal Karan Karthik Kiran Krishna Kuldeep Mahesh Manoj Mohan Mukesh Naveen Nikhil Pankaj Paramjit Pradeep \
Prakash Rahul Raj Rakesh Ramesh Ravi Sachin Satish Shyam Sukhdeep Sunil Suresh Varun Vijay Vinod Vivek Yash"
);
words!(
    ACADIAN_FEMALE,
    "Marie Monique Lise Lucille Denise Ginette Nicole Jacqueline Claudette Rita Annette Rose Stella Odette \
Gisèle Rolande Thérèse Élise Renée Josée Chantal Mireille Natacha Sylvie Line Danielle Michèle Angèle Colette Zélie"
);
words!(
    ACADIAN_MALE,
    "Jean Paul Pierre Louis Joseph Roland Norbert Gilles Marcel Raymond Fernand Arthur Edgar Camille \
Ronald Denis Daniel Normand Yvon Guy Luc Marc Rhéal Gaétan Stéphane Sébastien Hector Laurier Donat Placide Basile"
);

/// Short names and the long ones they stand for, beyond those of [`names::nickname`].
static SHORT: &[(&str, &[&str])] = &[
    ("Mary", &["Molly", "Mae", "May"]),
    ("Patricia", &["Pat", "Patsy", "Tricia", "Trish"]),
    ("Barbara", &["Barb", "Barbie"]),
    ("Margaret", &["Peggy", "Maggie", "Marg", "Greta"]),
    ("Susan", &["Sue", "Susie"]),
    ("Jennifer", &["Jen", "Jenny"]),
    ("Elizabeth", &["Betty", "Liz", "Beth", "Libby"]),
    ("Deborah", &["Deb", "Debbie"]),
    ("Debra", &["Deb", "Debbie"]),
    ("Kathleen", &["Kathy", "Kay", "Katie"]),
    ("Catherine", &["Cathy", "Kate", "Cassie"]),
    ("Christine", &["Chris", "Chrissy", "Tina"]),
    ("Pamela", &["Pam"]),
    ("Dorothy", &["Dot", "Dolly", "Dottie"]),
    ("Florence", &["Flo"]),
    ("Theresa", &["Terry", "Tess"]),
    ("Frances", &["Fran", "Frannie"]),
    ("Josephine", &["Jo", "Josie"]),
    ("Stephanie", &["Steph"]),
    ("Michelle", &["Shelley"]),
    ("Kimberly", &["Kim"]),
    ("Rebecca", &["Becky"]),
    ("Samantha", &["Sam"]),
    ("Victoria", &["Vicky", "Tori"]),
    ("Alexandra", &["Alex", "Sandy"]),
    ("Abigail", &["Abby"]),
    ("Judith", &["Judy"]),
    ("Sandra", &["Sandy"]),
    ("Nancy", &["Nan"]),
    ("Eleanor", &["Nell", "Ellie"]),
    ("Winifred", &["Winnie"]),
    ("John", &["Jack", "Johnny"]),
    ("James", &["Jim", "Jimmy", "Jamie"]),
    ("Robert", &["Bob", "Rob", "Bobby"]),
    ("William", &["Bill", "Will", "Billy"]),
    ("David", &["Dave"]),
    ("Michael", &["Mike", "Mick"]),
    ("Donald", &["Don", "Donnie"]),
    ("Kenneth", &["Ken", "Kenny"]),
    ("Joseph", &["Joe", "Joey"]),
    ("Richard", &["Dick", "Rick", "Richie"]),
    ("Thomas", &["Tom", "Tommy"]),
    ("Daniel", &["Dan", "Danny"]),
    ("Stephen", &["Steve"]),
    ("Charles", &["Charlie", "Chuck"]),
    ("Christopher", &["Chris"]),
    ("Matthew", &["Matt"]),
    ("Andrew", &["Andy", "Drew"]),
    ("Ronald", &["Ron", "Ronnie"]),
    ("Douglas", &["Doug"]),
    ("Peter", &["Pete"]),
    ("Jeffrey", &["Jeff"]),
    ("Timothy", &["Tim", "Timmy"]),
    ("Gerald", &["Gerry"]),
    ("Raymond", &["Ray"]),
    ("Lawrence", &["Larry"]),
    ("Harold", &["Harry", "Hal"]),
    ("Arthur", &["Art"]),
    ("Albert", &["Al", "Bert"]),
    ("Ernest", &["Ernie"]),
    ("Edward", &["Ed", "Ted", "Eddie"]),
    ("Henry", &["Hank", "Harry"]),
    ("Leonard", &["Len", "Lenny"]),
    ("Nicholas", &["Nick"]),
    ("Benjamin", &["Ben", "Benji"]),
    ("Samuel", &["Sam", "Sammy"]),
    ("Alexander", &["Alex", "Sandy", "Alec"]),
    ("Zachary", &["Zach"]),
    ("Theodore", &["Ted", "Theo"]),
    ("Francis", &["Frank"]),
    ("Reginald", &["Reg"]),
    ("Philip", &["Phil"]),
    ("Frederick", &["Fred", "Freddie"]),
];

/// A family name of a tradition.
pub(crate) fn family(pool: Pool, tradition: Tradition, rng: &mut Rng) -> String {
    let table = names::of(tradition).family;
    if pool == Pool::Demo {
        return (*rng.pick(table)).to_owned();
    }
    // Of 100 people of a tradition, so many bear one of its table's names, so many one put together.
    let draw = rng.below(100);
    match tradition {
        Tradition::English if draw < 22 => early(table, rng).to_owned(),
        Tradition::English if draw < 36 => joined(&GERMAN_ROOTS, &GERMAN_ENDS, rng),
        Tradition::English => joined(&ENGLISH_ROOTS, &ENGLISH_ENDS, rng),
        Tradition::Gaelic if draw < 36 => early(table, rng).to_owned(),
        Tradition::Gaelic if draw < 56 => word(&GAELIC_PLAIN, rng).to_owned(),
        Tradition::Gaelic => {
            let root = word(&GAELIC_ROOTS, rng);
            format!("{}{root}", if rng.chance(250) { "Mc" } else { "Mac" })
        }
        Tradition::Acadian if draw < 62 => early(table, rng).to_owned(),
        Tradition::Acadian => joined(&ACADIAN_ROOTS, &ACADIAN_ENDS, rng),
        Tradition::AfricanNovaScotian if draw < 55 => early(table, rng).to_owned(),
        Tradition::AfricanNovaScotian => joined(&ENGLISH_ROOTS, &ENGLISH_ENDS, rng),
        Tradition::Mikmaw if draw < 70 => early(table, rng).to_owned(),
        Tradition::Mikmaw => word(&MIKMAW_MORE, rng).to_owned(),
        Tradition::Arabic if draw < 35 => early(table, rng).to_owned(),
        Tradition::Arabic => {
            let root = word(&ARABIC_ROOTS, rng);
            let article = *rng.pick(&["", "", "", "", "Al-", "Al ", "El-", "Abu "]);
            format!("{article}{root}")
        }
        Tradition::Chinese => word(&CHINESE_FAMILY, rng).to_owned(),
        Tradition::SouthAsian if draw < 45 => early(table, rng).to_owned(),
        Tradition::SouthAsian => word(&ASIAN_FAMILY, rng).to_owned(),
    }
}

/// A given name of a tradition, for somebody named as a woman or as a man.
pub(crate) fn given(pool: Pool, tradition: Tradition, sex: Sex, rng: &mut Rng) -> String {
    let table = names::of(tradition);
    let (own, common): (&[&str], &'static [&'static str]) =
        if sex == Sex::Male { (table.male, &MALE) } else { (table.female, &FEMALE) };
    if pool == Pool::Demo {
        return (*rng.pick(own)).to_owned();
    }
    let draw = rng.below(100);
    match tradition {
        Tradition::English | Tradition::AfricanNovaScotian if draw < 6 => (*rng.pick(own)).to_owned(),
        Tradition::English | Tradition::AfricanNovaScotian if draw < 9 => {
            format!("{} {}", word(common, rng), word(common, rng))
        }
        Tradition::Gaelic if draw < 25 => (*rng.pick(own)).to_owned(),
        Tradition::Gaelic if draw < 34 => format!("{} {}", word(common, rng), word(common, rng)),
        Tradition::Acadian if draw < 30 => (*rng.pick(own)).to_owned(),
        Tradition::Acadian if draw < 68 => {
            let name = word(if sex == Sex::Male { &ACADIAN_MALE } else { &ACADIAN_FEMALE }, rng);
            match (rng.below(6), sex) {
                (0, Sex::Male) if name != "Jean" => format!("Jean-{name}"),
                (0, _) if sex != Sex::Male && name != "Marie" => format!("Marie-{name}"),
                _ => name.to_owned(),
            }
        }
        Tradition::Mikmaw if draw < 30 => (*rng.pick(own)).to_owned(),
        Tradition::Arabic if draw < 50 => (*rng.pick(own)).to_owned(),
        Tradition::Arabic => {
            word(if sex == Sex::Male { &ARABIC_MALE } else { &ARABIC_FEMALE }, rng).to_owned()
        }
        Tradition::Chinese if draw < 12 => word(common, rng).to_owned(),
        Tradition::Chinese => chinese(rng),
        Tradition::SouthAsian if draw < 30 => (*rng.pick(own)).to_owned(),
        Tradition::SouthAsian => {
            word(if sex == Sex::Male { &ASIAN_MALE } else { &ASIAN_FEMALE }, rng).to_owned()
        }
        _ => word(common, rng).to_owned(),
    }
}

/// A short name people may use for `given`; `draw` chooses among several.
pub(crate) fn short(given: &str, draw: usize) -> Option<&'static str> {
    match SHORT.iter().find(|(long, _)| *long == given) {
        Some((_, shorts)) => shorts.get(draw % shorts.len().max(1)).copied(),
        None => names::nickname(given),
    }
}

/// One or two syllables, joined, hyphened or apart, as families write them.
fn chinese(rng: &mut Rng) -> String {
    let first = capital(word(&CHINESE_SYLLABLES, rng));
    if rng.chance(180) {
        return first;
    }
    let second = word(&CHINESE_SYLLABLES, rng);
    match rng.below(10) {
        0..6 => format!("{first}{second}"),
        6..8 => format!("{first}-{}", capital(second)),
        _ => format!("{first} {}", capital(second)),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A position among `count`, the earlier the likelier: about half of the draws fall in the first quarter.
fn position(count: usize, rng: &mut Rng) -> usize {
    let unit = (rng.bits() >> 11) as f64 / (1_u64 << 53) as f64;
    ((unit * unit * count as f64) as usize).min(count.saturating_sub(1))
}

fn early<'t>(table: &[&'t str], rng: &mut Rng) -> &'t str {
    table[position(table.len(), rng)]
}

/// A word of a list parted by blanks, the earlier the likelier.
fn word(words: &'static [&'static str], rng: &mut Rng) -> &'static str {
    words[position(words.len(), rng)]
}

/// A root and an end, every pair alike.
fn joined(roots: &[&str], ends: &[&str], rng: &mut Rng) -> String {
    format!("{}{}", rng.pick(roots), rng.pick(ends))
}
