#include "tasks/translation/toy_lexicon.h"

namespace lectern::toy {

// A table reads best with one entry a line, a verb with its German above its English.
// clang-format off

const std::vector<Noun>& nouns() {
  constexpr Gender m = Gender::masculine, f = Gender::feminine, n = Gender::neuter;
  static const std::vector<Noun> table = {
      {m, "Mann", "Männer", "man", "men", person},
      {f, "Frau", "Frauen", "woman", "women", person},
      {n, "Kind", "Kinder", "child", "children", person},
      {m, "Lehrer", "Lehrer", "teacher", "teachers", person},
      {f, "Mutter", "Mütter", "mother", "mothers", person},
      {m, "Vater", "Väter", "father", "fathers", person},
      {m, "Freund", "Freunde", "friend", "friends", person},
      {f, "Tochter", "Töchter", "daughter", "daughters", person},
      {m, "Sohn", "Söhne", "son", "sons", person},
      {m, "Gast", "Gäste", "guest", "guests", person},
      {m, "Arzt", "Ärzte", "doctor", "doctors", person},
      {n, "Mädchen", "Mädchen", "girl", "girls", person},
      {f, "Nachbarin", "Nachbarinnen", "neighbour", "neighbours", person},

      {m, "Hund", "Hunde", "dog", "dogs", animal},
      {f, "Katze", "Katzen", "cat", "cats", animal},
      {n, "Pferd", "Pferde", "horse", "horses", animal},
      {f, "Kuh", "Kühe", "cow", "cows", animal},
      {m, "Vogel", "Vögel", "bird", "birds", animal | catchable},
      {f, "Maus", "Mäuse", "mouse", "mice", animal | catchable},

      {n, "Buch", "Bücher", "book", "books", readable | openable},
      {m, "Brief", "Briefe", "letter", "letters", readable | openable},
      {f, "Zeitung", "Zeitungen", "newspaper", "newspapers", readable},
      {m, "Apfel", "Äpfel", "apple", "apples", edible},
      {m, "Kuchen", "Kuchen", "cake", "cakes", edible},
      {n, "Ei", "Eier", "egg", "eggs", edible},
      {f, "Suppe", "Suppen", "soup", "soups", edible},
      {m, "Mantel", "Mäntel", "coat", "coats", wearable},
      {m, "Hut", "Hüte", "hat", "hats", wearable},
      {n, "Hemd", "Hemden", "shirt", "shirts", wearable},
      {f, "Jacke", "Jacken", "jacket", "jackets", wearable},
      {m, "Ball", "Bälle", "ball", "balls", portable | catchable},
      {f, "Puppe", "Puppen", "doll", "dolls", portable},
      {f, "Tasche", "Taschen", "bag", "bags", portable | openable},
      {n, "Bild", "Bilder", "picture", "pictures", portable},
      {f, "Blume", "Blumen", "flower", "flowers", portable},
      {f, "Lampe", "Lampen", "lamp", "lamps", portable},
      {m, "Stuhl", "Stühle", "chair", "chairs", portable | buildable},
      {m, "Tisch", "Tische", "table", "tables", portable | buildable | beneath},
      {f, "Bank", "Bänke", "bench", "benches", buildable | beside | beneath},
      {m, "Schrank", "Schränke", "cupboard", "cupboards", buildable | openable | room | beside},
      {f, "Tür", "Türen", "door", "doors", openable | beside},
      {n, "Fenster", "Fenster", "window", "windows", openable | beside},
      {f, "Brücke", "Brücken", "bridge", "bridges", buildable | beside | beneath},
      {n, "Haus", "Häuser", "house", "houses", buildable | inside | beside},
      {f, "Schule", "Schulen", "school", "schools", buildable | inside | beside},
      {f, "Küche", "Küchen", "kitchen", "kitchens", room | inside},
      {n, "Zimmer", "Zimmer", "room", "rooms", room | inside},
      {m, "Garten", "Gärten", "garden", "gardens", room | inside},
      {m, "Park", "Parks", "park", "parks", inside},
      {m, "Wald", "Wälder", "forest", "forests", inside},
      {m, "Baum", "Bäume", "tree", "trees", beside | beneath},
      {n, "Auto", "Autos", "car", "cars", beside | beneath},
  };
  return table;
}

const std::vector<Modifier>& modifiers() {
  static const std::vector<Modifier> table = {
      {"Holz", "wooden", {"Tisch", "Stuhl", "Bank", "Schrank", "Tür", "Brücke", "Haus", "Puppe"}},
      {"Stein", "stone", {"Tisch", "Bank", "Brücke", "Haus"}},
      {"Glas", "glass", {"Tisch", "Tür", "Schrank", "Lampe"}},
      {"Garten", "garden", {"Tisch", "Stuhl", "Bank", "Tür", "Lampe", "Blume"}},
      {"Küchen", "kitchen", {"Tisch", "Stuhl", "Schrank", "Tür", "Fenster", "Lampe"}},
      {"Kinder", "children's", {"Buch", "Zimmer", "Stuhl", "Jacke"}},
      {"Schul", "school", {"Buch", "Tasche", "Garten", "Freund"}},
      {"Leder", "leather", {"Tasche", "Jacke", "Ball", "Mantel", "Hut"}},
      {"Apfel", "apple", {"Kuchen", "Baum"}},
      {"Gemüse", "vegetable", {"Suppe", "Garten"}},
  };
  return table;
}

const std::vector<Adjective>& adjectives() {
  static const std::vector<Adjective> table = {
      {"alt", "alt", "old", living | durable, plain},
      {"jung", "jung", "young", living, plain},
      {"müd", "müde", "tired", living, passes},
      {"hungrig", "hungrig", "hungry", living, passes},
      {"freundlich", "freundlich", "friendly", person, passes},
      {"klein", "klein", "small", animal | thing, plain},
      {"groß", "groß", "big", animal | thing, plain},
      {"schön", "schön", "beautiful", durable, plain},
      {"neu", "neu", "new", durable, plain},
      {"rot", "rot", "red", wearable | portable, plain},
      {"frisch", "frisch", "fresh", edible, plain},
  };
  return table;
}

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> table = {
      // With an object.
      {"", "sieht", "sehen", "gesehen",
       "see", "sees", "saw", living, nothing, anything, takes_place},
      {"", "sucht", "suchen", "gesucht",
       "look for", "looks for", "looked for", living, nothing, living | ware, takes_place},
      {"", "kauft", "kaufen", "gekauft",
       "buy", "buys", "bought", person, nothing, ware, plain},
      {"", "liest", "lesen", "gelesen",
       "read", "reads", "read", person, nothing, readable, takes_place},
      {"", "malt", "malen", "gemalt",
       "paint", "paints", "painted", person, nothing, anything, takes_place},
      {"", "trägt", "tragen", "getragen",
       "carry", "carries", "carried", person, nothing, portable | readable, plain},
      {"", "begrüßt", "begrüßen", "begrüßt",
       "greet", "greets", "greeted", person, nothing, living, takes_place},
      {"", "besucht", "besuchen", "besucht",
       "visit", "visits", "visited", person, nothing, person, plain},
      {"", "fängt", "fangen", "gefangen",
       "catch", "catches", "caught", living, nothing, catchable, takes_place},
      {"", "isst", "essen", "gegessen",
       "eat", "eats", "ate", person, nothing, edible, takes_place},
      {"", "baut", "bauen", "gebaut",
       "build", "builds", "built", person, nothing, buildable, takes_place},
      {"", "öffnet", "öffnen", "geöffnet",
       "open", "opens", "opened", person, nothing, openable, plain},
      // Separable, with an object.
      {"an", "sieht", "sehen", "angesehen",
       "look at", "looks at", "looked at", living, nothing, anything, takes_place},
      {"ab", "holt", "holen", "abgeholt",
       "pick up", "picks up", "picked up", person, nothing, person, takes_place},
      {"ein", "lädt", "laden", "eingeladen",
       "invite", "invites", "invited", person, nothing, person, plain},
      {"an", "ruft", "rufen", "angerufen",
       "call", "calls", "called", person, nothing, person, plain},
      {"auf", "räumt", "räumen", "aufgeräumt",
       "tidy up", "tidies up", "tidied up", person, nothing, room, plain},
      {"zu", "macht", "machen", "zugemacht",
       "close", "closes", "closed", person, nothing, openable, plain},
      {"weg", "wirft", "werfen", "weggeworfen",
       "throw away", "throws away", "threw away", person, nothing, ware, plain},
      {"mit", "bringt", "bringen", "mitgebracht",
       "bring along", "brings along", "brought along", person, nothing, ware, plain},
      {"an", "zieht", "ziehen", "angezogen",
       "put on", "puts on", "put on", person, nothing, wearable, takes_place},
      // With a recipient.
      {"", "gibt", "geben", "gegeben",
       "give", "gives", "gave", person, living, edible | portable, plain},
      {"", "zeigt", "zeigen", "gezeigt",
       "show", "shows", "showed", person, person, anything, plain},
      {"", "schickt", "schicken", "geschickt",
       "send", "sends", "sent", person, person, readable | wearable, plain},
      {"", "hilft", "helfen", "geholfen",
       "help", "helps", "helped", person, living, nothing, takes_place},
      // Alone.
      {"", "schläft", "schlafen", "geschlafen",
       "sleep", "sleeps", "slept", living, nothing, nothing, takes_place},
      {"", "spielt", "spielen", "gespielt",
       "play", "plays", "played", living, nothing, nothing, takes_place},
      {"", "singt", "singen", "gesungen",
       "sing", "sings", "sang", person, nothing, nothing, takes_place},
      {"", "arbeitet", "arbeiten", "gearbeitet",
       "work", "works", "worked", person, nothing, nothing, takes_place},
      {"", "wartet", "warten", "gewartet",
       "wait", "waits", "waited", living, nothing, nothing, takes_place},
      // Separable, alone.
      {"auf", "steht", "stehen", "aufgestanden",
       "get up", "gets up", "got up", living, nothing, nothing, moves},
      {"ein", "schläft", "schlafen", "eingeschlafen",
       "fall asleep", "falls asleep", "fell asleep", living, nothing, nothing, moves | takes_place},
      {"weg", "läuft", "laufen", "weggelaufen",
       "run away", "runs away", "ran away", living, nothing, nothing, moves},
      {"zurück", "kommt", "kommen", "zurückgekommen",
       "come back", "comes back", "came back", living, nothing, nothing, moves},
      {"an", "kommt", "kommen", "angekommen",
       "arrive", "arrives", "arrived", person, nothing, nothing, moves},
      {"ein", "kauft", "kaufen", "eingekauft",
       "go shopping", "goes shopping", "went shopping", person, nothing, nothing, plain},
  };
  return table;
}

const std::vector<Adverb>& adverbs() {
  constexpr AdverbPlace end = AdverbPlace::end, before_verb = AdverbPlace::before_verb;
  constexpr Tense present = Tense::present, past = Tense::past, modal = Tense::modal;
  static const std::vector<Adverb> table = {
      {"heute", "today", end, {present, past, modal}, opens_sentences},
      {"gestern", "yesterday", end, {past}, opens_sentences},
      {"morgen", "tomorrow", end, {modal}, opens_sentences},
      {"am Abend", "in the evening", end, {present, past, modal}, opens_sentences},
      {"jeden Tag", "every day", end, {present, modal}, opens_sentences},
      {"manchmal", "sometimes", before_verb, {present}, opens_sentences},
      {"oft", "often", before_verb, {present, past}, plain},
      {"nie", "never", before_verb, {present, past}, denies},
  };
  return table;
}

const std::vector<Preposition>& prepositions() {
  static const std::vector<Preposition> table = {
      {"in", "in", inside},
      {"in", "in", inside},  // twice: more often
      {"vor", "in front of", beside},
      {"hinter", "behind", beside},
      {"unter", "under", beneath},
  };
  return table;
}

const std::vector<Conjunction>& conjunctions() {
  static const std::vector<Conjunction> table = {
      {"weil", "because", plain},
      {"obwohl", "although", plain},
      {"wenn", "when", needs_present},
      {"während", "while", needs_present | needs_action},
      {"bevor", "before", needs_action},
  };
  return table;
}

const std::vector<Report>& reports() {
  static const std::vector<Report> table = {
      {"weiß", "wissen", "knows", "know"},
      {"sagt", "sagen", "says", "say"},
      {"glaubt", "glauben", "believes", "believe"},
  };
  return table;
}

const std::vector<Pronoun>& pronouns() {
  static const std::vector<Pronoun> table = {
      {"er", "he", plain},
      {"sie", "she", plain},
      {"wir", "we", many},
  };
  return table;
}

}  // namespace lectern::toy
