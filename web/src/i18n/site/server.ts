// Sentences of the server that people see on these pages. The server writes English; one that is not here stays so.
import { language } from "../index";

const zhHant: Readonly<Record<string, string>> = {
  "Please check what you sent.": "請檢查您輸入的內容。",
  "Please sign in.": "請先登入。",
  "You are not allowed to do that.": "您沒有這項操作的權限。",
  "There is nothing here by that name.": "找不到這個項目。",
  "Too many attempts. Please wait a moment.": "嘗試次數過多，請稍候。",
  "The server cannot do this right now. Please try again.": "伺服器目前無法處理，請再試一次。",
  "The server has no room left on its disk.": "伺服器的磁碟空間已滿。",
  "That name is taken already.": "這個名稱已有人使用。",
  "Login or password is wrong.": "帳號或密碼不正確。",
  "Not right, too old, or used already.": "驗證碼不正確、已過期或已使用過。",
  "That is not your password.": "這不是您的密碼。",
  "This link is not valid any more. Please ask for a new one.": "此連結已失效，請重新索取。",
  "At least 10 characters.": "至少 10 個字元。",
  "At most 128 characters.": "最多 128 個字元。",
  "Letters, digits, signs and spaces only.": "只能使用文字、數字、符號與空格。",
  "Too close to your name or login. Three or four random words are a good password.": "與您的名稱或登入帳號太相近。三、四個隨機的詞就是很好的密碼。",
  "Too easy to guess. Three or four random words are a good password.": "太容易被猜到。三、四個隨機的詞就是很好的密碼。",
  "This password was found in a data breach somewhere. Please choose another one.": "這個密碼曾出現在外洩的資料中，請改用其他密碼。",
  "Please give a name.": "請輸入名稱。",
  "This is not what the sheet says.": "與紙本上的內容不符。",
  "Six characters or more.": "請至少輸入六個字元。",
  "There is no such template.": "找不到這個範本。",
};

export function said(sentence: string): string {
  return language === "zh-Hant" ? (zhHant[sentence] ?? sentence) : sentence;
}
