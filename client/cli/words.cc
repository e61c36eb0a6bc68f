#include "client/cli/words.h"

#include <algorithm>
#include <array>

namespace sealhall::cli {
namespace {

constexpr std::array catalogue{
    // Coming in, being in.
    Sentence{"The host has been told that you are here. Please wait to be let in.",
             "已通知主持人你到了，請等候主持人准許你進入。"},
    Sentence{"You are in the meeting.", "你已進入會議。"},
    Sentence{"You are in the meeting \"{1}\".", "你已進入會議「{1}」。"},
    Sentence{"You are in the meeting again.", "你已重新進入會議。"},
    Sentence{"{1} speaks.", "{1} 正在發言。"},
    Sentence{"The host has muted you. Type /unmute to speak again.", "主持人已將你靜音。輸入 /unmute 即可再次發言。"},
    Sentence{"The host has stopped your video. Type /camera-on to show yourself again.",
             "主持人已關閉你的視訊。輸入 /camera-on 即可再次開啟鏡頭。"},
    Sentence{"This meeting begins with your microphone off. Type /unmute to speak.",
             "加入這場會議時麥克風預設為關閉。輸入 /unmute 即可發言。"},
    Sentence{"This meeting begins with your camera off. Type /camera-on to show yourself.",
             "加入這場會議時鏡頭預設為關閉。輸入 /camera-on 即可開啟鏡頭。"},
    Sentence{"A host has stopped your sharing. Type /share-on to share again.",
             "主持人已停止你的分享。輸入 /share-on 即可再次分享。"},
    Sentence{"UDP does not get through; media goes over TLS now.", "UDP 無法通過，影音改經 TLS 傳輸。"},
    Sentence{"The {1} source has ended.", "「{1}」來源已結束。"},
    Sentence{"The {1} source has ended: {2}", "「{1}」來源已結束：{2}"},
    Sentence{"This is no message of the protocol ({1} {2}).", "這不是通訊協定的訊息（{1} {2}）。"},
    Sentence{"{1} is shown large here.", "已在此放大顯示 {1}。"},
    Sentence{"Nobody is pinned any more.", "已取消釘選。"},
    Sentence{"You are in the main room.", "你在主會議室。"},
    Sentence{"You are in room {1}.", "你在分組「{1}」。"},
    Sentence{"{1} is here.", "{1} 已加入。"},
    Sentence{"{1} has left.", "{1} 已離開。"},
    Sentence{"{1} waits to be let in (type: /admit {1}).", "{1} 正在等候進入（輸入 /admit {1} 即可准許）。"},
    // The view that is drawn again and again.
    Sentence{"sealed from end to end of the media path", "影音路徑兩端之間全程加密"},
    Sentence{"outside: {1}", "外部：{1}"},
    Sentence{"OUTSIDE: NOT ENCRYPTED", "外部：未加密"},
    Sentence{"locked", "已鎖定"},
    Sentence{"waiting room", "等候室"},
    Sentence{"media over UDP", "影音經 UDP 傳輸"},
    Sentence{"media over TLS (UDP does not get through)", "影音經 TLS 傳輸（UDP 無法通過）"},
    Sentence{", to the server not yet encrypted, nothing is sent", "，與伺服器之間尚未加密，未傳送任何資料"},
    Sentence{", to the server {1}", "，與伺服器之間 {1}"},
    Sentence{"no media connection yet", "尚未建立影音連線"},
    Sentence{"frames sealed with AES-256-GCM (SFrame), keys of generation {1}",
             "影音畫格以 AES-256-GCM（SFrame）加密，金鑰世代 {1}"},
    Sentence{" (you)", "（你）"},
    Sentence{"no media", "無影音"},
    Sentence{"muted", "靜音"},
    Sentence{"speaking", "發言中"},
    Sentence{"{1} waits to be admitted", "{1} 正在等候准許"},
    // What was typed.
    Sentence{"Type it like this: /{1}", "請這樣輸入：/{1}"},
    Sentence{"Nobody here is called {1}. Type /who to see who is.", "沒有名為 {1} 的人。輸入 /who 查看在場的人。"},
    Sentence{"More than one person is called {1}. Use a number:{2}.", "名為 {1} 的不只一人，請改用編號：{2}。"},
    Sentence{"\"{1}\" is not a command. Type /help to see what is.", "沒有「{1}」這個指令。輸入 /help 查看所有指令。"},
    Sentence{"\"{1}\" takes no name.", "「{1}」不需要名稱。"},
    Sentence{"\"{1}\" needs a name.", "「{1}」需要名稱。"},
    // Files.
    Sentence{"The file {1} cannot be read.", "無法讀取檔案 {1}。"},
    Sentence{"The file {1} cannot be made, or is there already.", "無法建立檔案 {1}，或檔案已存在。"},
    Sentence{"Saved as {1}.", "已儲存為 {1}。"},
    Sentence{"The file has changed while it was sent.", "檔案在傳送過程中被更改。"},
    Sentence{"The server is busy.", "伺服器忙碌中。"},
    Sentence{"The server did not take the file.", "伺服器未接受這個檔案。"},
    Sentence{"The server does not have this file any more.", "伺服器上已沒有這個檔案。"},
    Sentence{"The file cannot be written.", "無法寫入檔案。"},
    Sentence{"The file was not taken: {1}", "檔案未被接受：{1}"},
    // News of people and of the meeting.
    Sentence{"the host", "主持人"},
    Sentence{"a co-host", "共同主持人"},
    Sentence{"a participant like everybody else", "一般參與者"},
    Sentence{"You are now {1}.", "你現在是{1}。"},
    Sentence{"{1} is now {2}.", "{1} 現在是{2}。"},
    Sentence{"Your name is {1} now.", "你的名稱已改為 {1}。"},
    Sentence{"{1} is called {2} now.", "{1} 已改名為 {2}。"},
    Sentence{"You have agreed to being recorded.", "你已同意被錄製。"},
    Sentence{"{1} has agreed to being recorded.", "{1} 已同意被錄製。"},
    Sentence{"You have refused to be recorded. You may /leave.", "你已拒絕被錄製。輸入 /leave 可離開會議。"},
    Sentence{"{1} has refused to be recorded.", "{1} 已拒絕被錄製。"},
    Sentence{"Your recording is paused.", "你的錄製已暫停。"},
    Sentence{"The recording by {1} is paused.", "{1} 的錄製已暫停。"},
    Sentence{"A host has suspended everything: only hosts can speak, show and write.",
             "主持人已暫停一切活動：只有主持人可以發言、開啟視訊和傳訊息。"},
    Sentence{"The meeting goes on.", "會議繼續進行。"},
    Sentence{"The meeting is locked: nobody else can come in.", "會議已鎖定：其他人無法加入。"},
    Sentence{"The meeting is open again.", "會議已解除鎖定。"},
    Sentence{"Whoever comes now waits until a host lets them in.", "之後加入的人須等候主持人准許。"},
    Sentence{"Whoever comes now is let in at once.", "之後加入的人可直接進入。"},
    Sentence{"Participants may not write in the chat now.", "參與者目前不能在聊天室傳訊息。"},
    Sentence{"Participants may write to the hosts only now.", "參與者目前只能傳訊息給主持人。"},
    Sentence{"Participants may write to everybody and to the hosts, but not to each other alone.",
             "參與者可以傳訊息給所有人和主持人，但不能彼此私訊。"},
    Sentence{"Participants may write to everybody and to each other.", "參與者可以傳訊息給所有人，也可以彼此私訊。"},
    Sentence{"Participants may change their names.", "參與者可以變更自己的名稱。"},
    Sentence{"Participants may not change their names.", "參與者不能變更自己的名稱。"},
    Sentence{"Participants may switch their microphones on themselves.", "參與者可以自行開啟麥克風。"},
    Sentence{"Participants may not switch their microphones on themselves.", "參與者不能自行開啟麥克風。"},
    Sentence{"Participants may share their screens.", "參與者可以分享畫面。"},
    Sentence{"Participants may not share their screens.", "參與者不能分享畫面。"},
    Sentence{"Participants may draw on the whiteboard.", "參與者可以在白板上繪圖。"},
    Sentence{"Participants may not draw on the whiteboard.", "參與者不能在白板上繪圖。"},
    // What people do in the meeting.
    Sentence{"you", "你"},
    Sentence{" (to you alone)", "（只給你）"},
    Sentence{" (to {1} alone)", "（只給 {1}）"},
    Sentence{" (to the hosts)", "（給主持人）"},
    Sentence{" (to the waiting room)", "（給等候室）"},
    Sentence{"(There are older messages: /history NUMBER)", "（還有更早的訊息：/history NUMBER）"},
    Sentence{" re [{1}]", " 回覆 [{1}]"},
    Sentence{"(deleted)", "（已刪除）"},
    Sentence{" (edited)", "（已編輯）"},
    Sentence{"{1} has a file: {2}, {3} bytes (/get {4})", "{1} 傳了一個檔案：{2}，{3} 位元組（/get {4}）"},
    Sentence{"No hand is raised.", "目前沒有人舉手。"},
    Sentence{"Hands, in order: {1}", "舉手順序：{1}"},
    Sentence{"Nobody is in the spotlight.", "目前沒有焦點對象。"},
    Sentence{"In the spotlight: {1}", "焦點對象：{1}"},
    Sentence{"Poll {1}: {2}", "投票 {1}：{2}"},
    Sentence{" (anonymous)", "（匿名）"},
    Sentence{" is prepared. /poll-open {1}", " 已準備好，輸入 /poll-open {1} 開始。"},
    Sentence{" is open. You have voted.", " 進行中，你已投票。"},
    Sentence{" is open. /vote {1} OPTION", " 進行中，輸入 /vote {1} OPTION 投票。"},
    Sentence{" is closed.", " 已結束。"},
    Sentence{" {1} have voted.", " 已有 {1} 人投票。"},
    Sentence{" (several)", "（可複選）"},
    Sentence{"Poll {1} was removed.", "投票 {1} 已刪除。"},
    Sentence{"somebody", "匿名者"},
    Sentence{"Question {1} by {2}, {3} want to know", "問題 {1}（{2} 提問），{3} 人也想知道"},
    Sentence{", answered", "，已回答"},
    Sentence{", dismissed", "，已略過"},
    Sentence{"Question {1} was dismissed.", "問題 {1} 已略過。"},
    Sentence{"{1} asks you to switch your microphone on: /unmute", "{1} 請你開啟麥克風：/unmute"},
    Sentence{"{1} asks you to switch your camera on: /camera-on", "{1} 請你開啟鏡頭：/camera-on"},
    Sentence{"Nobody records.", "目前沒有人在錄製。"},
    Sentence{"This meeting is being recorded by {1}.", "{1} 正在錄製這場會議。"},
    Sentence{"Do you agree to being recorded? /agree or /refuse", "你同意被錄製嗎？輸入 /agree 或 /refuse"},
    Sentence{"There are no breakout rooms.", "目前沒有分組。"},
    Sentence{"Breakout rooms are open", "分組討論已開始"},
    Sentence{"Breakout rooms", "分組"},
    Sentence{", choose one: /enter NUMBER", "，請選擇一組：/enter NUMBER"},
    Sentence{", closing in {1} s", "，{1} 秒後結束"},
    Sentence{" (for {1})", "（預定：{1}）"},
    Sentence{"Whiteboard: {1} cleared it.", "白板：{1} 已全部清除。"},
    Sentence{"Whiteboard: {1} erased [{2}].", "白板：{1} 已擦除 [{2}]。"},
    Sentence{"Whiteboard: {1} drew [{2}] a {3}", "白板：{1} 畫了 [{2}] {3}"},
    Sentence{"You are called back to the main room.", "請回到主會議室。"},
    Sentence{"You go to room {1}.", "你將前往分組「{1}」。"},
    Sentence{"{1} to everybody: {2}", "{1} 對所有人說：{2}"},
    Sentence{"Room {1} asks for help ({2}): /enter {1}", "分組 {1} 請求協助（{2}）：/enter {1}"},
};

HelpLanguage& language() noexcept {
  static HelpLanguage spoken = HelpLanguage::english;
  return spoken;
}

}  // namespace

void speak(HelpLanguage wanted) noexcept { language() = wanted; }

std::span<const Sentence> sentences() noexcept { return catalogue; }

std::string tr(std::string_view english, std::initializer_list<std::string_view> parts) {
  std::string_view text = english;
  if (language() == HelpLanguage::traditional_chinese) {
    const auto found = std::ranges::find(catalogue, english, &Sentence::english);
    if (found != catalogue.end()) text = found->chinese;
  }
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool place = text[i] == '{' && i + 2 < text.size() && text[i + 2] == '}' && text[i + 1] >= '1' &&
                       static_cast<std::size_t>(text[i + 1] - '1') < parts.size();
    if (!place) {
      out += text[i];
      continue;
    }
    out += parts.begin()[text[i + 1] - '1'];
    i += 2;
  }
  return out;
}

}  // namespace sealhall::cli
