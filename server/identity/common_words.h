// What people make passwords from. Own list, by rule: kinds of words, not anybody's collection of leaked passwords.
#pragma once

#include <string_view>

namespace sealhall::identity {

/// Lower case, without digits. A word here costs an attacker about ten bits, wherever it stands in a password.
// clang-format off
inline constexpr std::string_view common_words[] = {
    // what the field is called
    "password", "passwort", "passwd", "passphrase", "pass", "secret", "geheim", "login", "access", "admin",
    "administrator", "root", "user", "guest", "test", "testing", "default", "changeme", "change", "letmein",
    "welcome", "willkommen", "hello", "hallo", "trustno", "trust", "enter", "open", "key", "code", "temp",
    "temporary", "demo", "example", "sample", "server", "system", "master", "super", "superuser", "manager",
    "service", "support", "account", "security", "secure", "private", "public", "public", "internet", "computer",
    "website", "email", "mail", "meeting", "video", "conference", "zoom", "company", "office", "school", "student",
    "teacher", "work", "project", "qwerty", "qwertz", "azerty",
    // what people love
    "love", "iloveyou", "lovely", "loveme", "lover", "baby", "babygirl", "honey", "sweet", "sweetie", "angel",
    "princess", "prince", "queen", "king", "sunshine", "sun", "moon", "star", "stars", "flower", "rose", "heart",
    "forever", "friend", "friends", "family", "mother", "father", "mama", "papa", "sister", "brother", "sexy",
    "beautiful", "pretty", "happy", "smile", "lucky", "hope", "faith", "peace", "freedom", "jesus", "christ", "god",
    "blessed", "heaven", "devil", "life", "live", "dream", "magic", "money", "cash", "gold", "golden", "silver",
    "diamond", "crystal", "music", "guitar", "piano", "dance", "party", "rock", "metal", "punk", "hiphop", "movie",
    "game", "gamer", "gaming", "player", "hunter", "killer", "shadow", "ghost", "ninja", "pirate", "warrior",
    "knight", "wizard", "hero", "legend", "batman", "superman", "spiderman", "starwars", "pokemon", "minecraft",
    "matrix", "mustang", "ferrari", "porsche", "corvette", "harley", "mercedes", "toyota", "honda", "chocolate",
    "cookie", "cheese", "coffee", "pizza", "banana", "apple", "orange", "cherry", "peach", "lemon", "pepper",
    "ginger", "sugar", "butter", "candy", "bubbles", "whatever", "nothing", "something", "please", "fuck",
    "fuckyou", "fucker", "asshole", "bitch", "shit",
    // animals
    "dragon", "monkey", "tiger", "lion", "eagle", "falcon", "wolf", "bear", "panther", "panda", "dog", "doggy",
    "puppy", "cat", "kitty", "kitten", "horse", "pony", "dolphin", "shark", "fish", "bird", "butterfly", "spider",
    "snake", "turtle", "rabbit", "bunny", "chicken", "duck", "mouse", "rat", "elephant", "unicorn", "phoenix",
    // sports and teams
    "football", "baseball", "basketball", "soccer", "hockey", "tennis", "golf", "golfer", "cricket", "rugby",
    "racing", "champion", "winner", "arsenal", "chelsea", "liverpool", "manchester", "united", "barcelona",
    "madrid", "juventus", "bayern", "yankees", "lakers", "cowboys", "steelers", "eagles", "giants", "rangers",
    "jordan",
    // colours, seasons, months, days
    "red", "blue", "green", "yellow", "black", "white", "purple", "pink", "brown", "gray", "spring", "summer",
    "autumn", "fall", "winter", "sommer", "herbst", "fruehling", "january", "february", "march", "april", "may",
    "june", "july", "august", "september", "october", "november", "december", "januar", "februar", "maerz", "juni",
    "juli", "oktober", "dezember", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "christmas", "easter", "birthday", "holiday", "vacation", "weekend",
    // places
    "london", "paris", "berlin", "hamburg", "muenchen", "vienna", "zurich", "madrid", "rome", "moscow", "tokyo",
    "newyork", "chicago", "boston", "dallas", "austin", "phoenix", "texas", "florida", "california", "america",
    "canada", "mexico", "brasil", "england", "scotland", "ireland", "france", "germany", "deutschland", "italia",
    "espana", "russia", "china", "india", "japan", "australia", "africa", "europe", "world", "earth", "city",
    "home", "house",
    // given names
    "michael", "daniel", "david", "james", "john", "robert", "william", "thomas", "george", "andrew", "joseph",
    "joshua", "matthew", "anthony", "jonathan", "christopher", "nicholas", "alexander", "alex", "charlie",
    "charles", "richard", "martin", "peter", "paul", "patrick", "kevin", "brian", "steven", "eric", "jason",
    "justin", "brandon", "tyler", "ryan", "jack", "max", "oliver", "oscar", "lucas", "leon", "felix", "stefan",
    "andreas", "sebastian", "christian", "markus", "jessica", "jennifer", "ashley", "amanda", "michelle", "nicole",
    "sarah", "samantha", "elizabeth", "stephanie", "melissa", "rebecca", "rachel", "lauren", "hannah", "emily",
    "emma", "sophie", "sophia", "olivia", "maria", "anna", "julia", "laura", "lisa", "linda", "sandra", "andrea",
    "katharina", "natalie", "victoria", "charlotte", "maggie", "daisy", "lily", "jasmine", "buster", "bailey",
    "cooper", "rocky", "bella", "lucy", "molly", "coco", "snoopy",
    // small words between them
    "the", "and", "you", "your", "my", "is", "are", "not", "for", "with", "one", "two", "three", "four", "five",
    "six", "seven", "eight", "nine", "ten", "zero", "yes", "no", "new", "old", "big", "best", "good", "bad", "cool",
    "hot", "fire", "ice", "water", "power", "strong", "crazy", "stupid", "number", "first", "last", "time", "day",
    "night", "girl", "girls", "boy", "boys", "man", "woman", "men", "lady", "mister", "doctor", "abc", "xyz",
    "asdf", "zxcv", "qwer", "qaz", "wsx", "sealhall",
};
// clang-format on

/// Ways across a keyboard and through alphabets: any three or more neighbours of these, forwards or backwards, are one
/// cheap piece.
inline constexpr std::string_view common_runs[] = {
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "!@#$%^&*()",
    "!\"$%&/()=",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol",
    "qazwsxedcrfvtgbyhnujmikolp",
    "q1w2e3r4t5y6u7i8o9p0",
    "zaq1xsw2cde3vfr4bgt5nhy6mju7",
    "147258369",
    "159753",
    "112233445566778899",
    "aabbccddeeff",
};

}  // namespace sealhall::identity
