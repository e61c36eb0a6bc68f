#include "client/cli/help.h"

#include <array>
#include <cstdlib>

namespace sealhall::cli {
namespace {

struct Entry {
  std::string_view usage;  ///< empty: a topic begins
  std::string_view english;
  std::string_view chinese;
};

constexpr std::array entries{
    Entry{"", "Text that does not begin with / is sent to everybody.", "不以 / 開頭的文字會傳給所有人。"},
    Entry{"", "Myself", "我自己"},
    Entry{"/mute, /unmute", "my microphone off, on", "關閉、開啟我的麥克風"},
    Entry{"/camera-off, /camera-on", "my picture off, on", "關閉、開啟我的鏡頭"},
    Entry{"/share-on", "share my screen again after a host has stopped it", "主持人停止後重新分享我的畫面"},
    Entry{"/rename NEW NAME", "my own name", "變更我的名稱"},
    Entry{"/who", "who is here", "顯示在場的人"},
    Entry{"/pin [NAME]", "show NAME large here; alone: nobody", "在此放大顯示 NAME；不加名稱則取消"},
    Entry{"/leave", "leave the meeting", "離開會議"},
    Entry{"/help", "show this", "顯示這份說明"},
    Entry{"", "Chat", "聊天"},
    Entry{"/msg NAME: TEXT", "to one person", "私訊給一個人"},
    Entry{"/hosts TEXT", "to the hosts", "傳給主持人"},
    Entry{"/lobby TEXT", "to everybody who waits (hosts)", "傳給等候室的所有人（主持人）"},
    Entry{"/reply NUMBER TEXT", "answer a message", "回覆一則訊息"},
    Entry{"/edit NUMBER TEXT", "change my message", "修改我的訊息"},
    Entry{"/delete NUMBER", "take a message back", "收回一則訊息"},
    Entry{"/like NUMBER EMOJI, /unlike NUMBER EMOJI", "react to a message, take it back", "對訊息表達心情、取消"},
    Entry{"/history [NUMBER]", "older messages (before NUMBER)", "較早的訊息（在 NUMBER 之前）"},
    Entry{"/send PATH", "put a file into the chat", "傳送檔案到聊天室"},
    Entry{"/get FILE [PATH]", "save a file of the chat", "儲存聊天室的檔案"},
    Entry{"", "Hands and reactions", "舉手與反應"},
    Entry{"/react EMOJI", "show a reaction for a moment", "短暫顯示一個反應"},
    Entry{"/hand, /hand-down", "raise my hand, lower it", "舉手、放下"},
    Entry{"", "Polls and questions", "投票與提問"},
    Entry{"/vote NUMBER OPTION [OPTION ..] [; OPTION ..]", "vote; after ; for the next question",
          "投票；分號後為下一題"},
    Entry{"/ask TEXT, /ask-anonymously TEXT", "ask a question, without my name", "提問、匿名提問"},
    Entry{"/upvote NUMBER", "I want to know that, too", "我也想知道"},
    Entry{"/poll [anonymous] [multiple] TITLE | QUESTION | OPTION | OPTION",
          "prepare a poll (hosts); || begins another question", "準備投票（主持人）；|| 開始另一題"},
    Entry{"/poll-open, /poll-close, /poll-share, /poll-unshare, /poll-remove NUMBER", "what becomes of it (hosts)",
          "開始、結束、公布、隱藏、刪除投票（主持人）"},
    Entry{"/answer NUMBER TEXT", "answer a question (hosts)", "回答問題（主持人）"},
    Entry{"/answered, /dismiss, /reopen NUMBER", "it was answered aloud, is off the topic, is open again (hosts)",
          "已口頭回答、略過、重新開啟（主持人）"},
    Entry{"", "Whiteboard", "白板"},
    Entry{"/draw stroke|line|rectangle|ellipse X Y X Y ..", "draw; the board is 0..65535 wide and high",
          "繪圖；白板寬高為 0..65535"},
    Entry{"/draw text X Y TEXT", "write on it", "在白板上寫字"},
    Entry{"/erase NUMBER|all", "take an item, or everything, away", "擦除一項或全部"},
    Entry{"", "Breakout rooms", "分組討論"},
    Entry{"/enter NUMBER, /leave-room", "go to a room, back to the main room", "進入分組、回到主會議室"},
    Entry{"/help-me", "ask the host into this room", "請主持人到這個分組"},
    Entry{"/rooms [choose] ROOM: NAME, NAME | ROOM: NAME", "prepare rooms (hosts)", "準備分組（主持人）"},
    Entry{"/rooms-open", "send people to their rooms (hosts)", "開始分組（主持人）"},
    Entry{"/assign NAME: ROOM NUMBER", "move NAME; 0 is the main room (hosts)", "移動 NAME；0 為主會議室（主持人）"},
    Entry{"/tell-rooms TEXT", "to everybody in every room (hosts)", "廣播給所有分組（主持人）"},
    Entry{"/rooms-close [SECONDS]", "let everybody come back after so many seconds (hosts)",
          "倒數後結束分組（主持人）"},
    Entry{"", "Recording", "錄製"},
    Entry{"/agree, /refuse", "to being recorded", "同意、拒絕被錄製"},
    Entry{"/record-start, /record-pause, /record-resume, /record-stop", "let the server record (hosts)",
          "由伺服器錄製、暫停、繼續、停止（主持人）"},
    Entry{"/record on|off|pause", "say that I record by myself", "告知大家我自行錄製"},
    Entry{"/allow-recording NAME, /forbid-recording NAME", "let NAME record, not any more (hosts)",
          "允許、禁止 NAME 錄製（主持人）"},
    Entry{"", "For hosts and co-hosts", "主持人與共同主持人"},
    Entry{"/admit [NAME], /deny NAME", "let NAME, or everybody who waits, in; or not", "准許（或拒絕）等候者進入"},
    Entry{"/mute NAME, /mute-all", "switch microphones off", "將麥克風靜音"},
    Entry{"/ask-unmute NAME, /ask-video NAME", "ask NAME to switch microphone, camera on", "請 NAME 開啟麥克風、鏡頭"},
    Entry{"/stop-video NAME, /stop-share NAME", "end the picture, the sharing of NAME", "停止 NAME 的影像、分享"},
    Entry{"/lower-hand NAME, /lower-all-hands", "lower hands", "放下舉起的手"},
    Entry{"/spotlight [NAME, NAME]", "show somebody large to everybody; alone: nobody",
          "對所有人放大顯示；不加名稱則取消"},
    Entry{"/rename NAME: NEW NAME", "somebody's name", "變更他人的名稱"},
    Entry{"/cohost NAME, /host NAME, /participant NAME", "make NAME co-host, the host, or take the role back",
          "設為共同主持人、主持人、收回角色"},
    Entry{"/remove NAME", "take NAME out of this meeting", "將 NAME 移出本次會議"},
    Entry{"/ban NAME", "take NAME out, for ever", "永久封鎖 NAME"},
    Entry{"/lock, /unlock", "let nobody else in, let people in again", "鎖定、解除鎖定會議"},
    Entry{"/waiting-room-on, /waiting-room-off", "people wait until they are admitted, or come in at once",
          "開啟、關閉等候室"},
    Entry{"/chat nobody|hosts|everyone|direct", "what participants may write", "設定參與者可傳訊的對象"},
    Entry{"/allow, /forbid rename|unmute|share|draw", "what participants may do", "允許、禁止參與者的行為"},
    Entry{"/suspend, /resume", "stop everything at once, let it begin again", "立即暫停一切、恢復"},
    Entry{"/keys", "make new keys now", "立即更換金鑰"},
    Entry{"/end", "end the meeting for everybody", "為所有人結束會議"},
    Entry{"", "When something is wrong", "出現問題時"},
    Entry{"/report NAME: WHAT HAPPENED", "to whoever runs the server", "向伺服器管理員檢舉"},
};

}  // namespace

HelpLanguage help_language(std::string_view locale) noexcept {
  const bool chinese = locale.starts_with("zh");
  const std::string_view rest = chinese ? locale.substr(2) : std::string_view{};
  for (const std::string_view place : {"_TW", "-TW", "_HK", "-HK", "_MO", "-MO", "_Hant", "-Hant"}) {
    if (rest.starts_with(place)) return HelpLanguage::traditional_chinese;
  }
  return HelpLanguage::english;
}

HelpLanguage help_language_of_environment() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return help_language(value);
  }
  return HelpLanguage::english;
}

std::string help_text(HelpLanguage language) {
  std::string text;
  for (const Entry& entry : entries) {
    const std::string_view says = language == HelpLanguage::english ? entry.english : entry.chinese;
    if (!text.empty()) text += '\n';
    if (!entry.usage.empty()) text += "  " + std::string(entry.usage) + ": ";
    text += says;
  }
  return text;
}

}  // namespace sealhall::cli
