#include "server/kms/pkcs11_root.h"

#include <dlfcn.h>
#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/encoding.h"

namespace sealhall::kms {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t iv_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::size_t clear_size = 1 + sizeof(KeyId) + iv_size;
constexpr std::size_t wrapped_size = clear_size + envelope::key_size + tag_size;
/// A token that takes longer is one that does not answer; meetings wait for nobody's HSM.
constexpr std::chrono::seconds patience{10};

struct Unload {
  void operator()(void* library) const noexcept { ::dlclose(library); }
};

std::string code(CK_RV rv) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%lx", rv);
  return text.data();
}

bool gone(CK_RV rv) noexcept {
  return rv == CKR_SESSION_HANDLE_INVALID || rv == CKR_SESSION_CLOSED || rv == CKR_USER_NOT_LOGGED_IN ||
         rv == CKR_DEVICE_REMOVED || rv == CKR_TOKEN_NOT_PRESENT || rv == CKR_OBJECT_HANDLE_INVALID ||
         rv == CKR_KEY_HANDLE_INVALID;
}

CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const void* value, std::size_t size) {
  return {type, const_cast<void*>(value), static_cast<CK_ULONG>(size)};  // the library only reads it
}

}  // namespace

/// The module, a session in it, the key. Used by one thread.
class Pkcs11Root::Token {
 public:
  explicit Token(Pkcs11Options options) : options_(std::move(options)) {}
  ~Token() {
    close();
    if (initialized_) functions_->C_Finalize(nullptr);
    wipe({reinterpret_cast<std::uint8_t*>(options_.pin.data()), options_.pin.size()});
  }
  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;

  expected<void, std::string> load() {
    library_.reset(::dlopen(options_.module.c_str(), RTLD_NOW | RTLD_LOCAL));
    if (!library_) return unexpected("The PKCS#11 module " + options_.module + " cannot be loaded.");
    const auto get = reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library_.get(), "C_GetFunctionList"));
    if (get == nullptr || get(&functions_) != CKR_OK || functions_ == nullptr)
      return unexpected("The library " + options_.module + " is not a PKCS#11 module.");
    if (const CK_RV rv = functions_->C_Initialize(nullptr); rv != CKR_OK)
      return unexpected("The PKCS#11 module " + options_.module + " does not start (" + code(rv) + ").");
    initialized_ = true;
    return {};
  }

  /// The key with the label and that id, or any with the label; `make` makes it when there is none.
  expected<void, std::string> open(const std::optional<KeyId>& which, bool make, RandomSource& random) {
    close();
    const auto slot = find_slot();
    if (!slot) return unexpected("There is no token \"" + options_.token + "\" in " + options_.module + ".");
    if (const CK_RV rv =
            functions_->C_OpenSession(*slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session_);
        rv != CKR_OK)
      return unexpected("The token \"" + options_.token + "\" opens no session (" + code(rv) + ").");
    open_ = true;
    const CK_RV rv = functions_->C_Login(session_, CKU_USER, reinterpret_cast<unsigned char*>(options_.pin.data()),
                                         static_cast<CK_ULONG>(options_.pin.size()));
    if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN)
      return unexpected("The token \"" + options_.token + "\" does not take the PIN (" + code(rv) + ").");
    if (find_key(which)) return {};
    if (!make) return unexpected("There is no key \"" + options_.key + "\" in the token \"" + options_.token + "\".");
    return make_key(random);
  }

  [[nodiscard]] const KeyId& id() const noexcept { return id_; }

  /// Another one with the label; what is used from now on is said in each call.
  std::optional<KeyId> make_another(RandomSource& random) {
    auto made = make_key(random);
    if (!made && open(std::nullopt, false, random)) made = make_key(random);
    if (!made) return std::nullopt;
    return id_;
  }

  /// Under the key with that id. `in` and `out` may not overlap; gives the size written.
  expected<std::size_t, RootError> crypt(const KeyId& id, bool encrypt, ByteView iv, ByteView aad, ByteView in,
                                         MutableBytes out, RandomSource& random) {
    CK_RV rv = try_crypt(id, encrypt, iv, aad, in, out);
    // A token that was pulled and put back, or a session that timed out: once more from the start.
    if (gone(rv) && open(id, false, random)) rv = try_crypt(id, encrypt, iv, aad, in, out);
    if (rv == CKR_OK) return written_;
    return unexpected(gone(rv) ? RootError::unavailable : RootError::refused);
  }

 private:
  CK_RV try_crypt(const KeyId& id, bool encrypt, ByteView iv, ByteView aad, ByteView in, MutableBytes out) {
    if (!open_) return CKR_SESSION_CLOSED;
    if (id != id_ && !find_key(id)) return CKR_KEY_HANDLE_INVALID;
    std::array<std::uint8_t, iv_size> own_iv{};
    std::copy_n(iv.begin(), own_iv.size(), own_iv.begin());
    Bytes own_aad{aad.begin(), aad.end()};
    Bytes own_in{in.begin(), in.end()};
    CK_GCM_PARAMS params{own_iv.data(),  static_cast<CK_ULONG>(own_iv.size()),  iv_size * 8,
                         own_aad.data(), static_cast<CK_ULONG>(own_aad.size()), tag_size * 8};
    CK_MECHANISM mechanism{CKM_AES_GCM, &params, sizeof params};
    auto size = static_cast<CK_ULONG>(out.size());
    const auto in_size = static_cast<CK_ULONG>(own_in.size());
    CK_RV rv = encrypt ? functions_->C_EncryptInit(session_, &mechanism, key_)
                       : functions_->C_DecryptInit(session_, &mechanism, key_);
    if (rv == CKR_OK) {
      rv = encrypt ? functions_->C_Encrypt(session_, own_in.data(), in_size, out.data(), &size)
                   : functions_->C_Decrypt(session_, own_in.data(), in_size, out.data(), &size);
    }
    wipe(own_in);
    written_ = static_cast<std::size_t>(size);
    return rv;
  }

  void close() {
    if (open_) functions_->C_CloseSession(session_);
    open_ = false;
  }

  std::optional<CK_SLOT_ID> find_slot() {
    CK_ULONG count = 0;
    if (functions_->C_GetSlotList(CK_TRUE, nullptr, &count) != CKR_OK) return std::nullopt;
    std::vector<CK_SLOT_ID> slots(count);
    if (functions_->C_GetSlotList(CK_TRUE, slots.data(), &count) != CKR_OK) return std::nullopt;
    slots.resize(count);
    for (const CK_SLOT_ID slot : slots) {
      CK_TOKEN_INFO info{};
      if (functions_->C_GetTokenInfo(slot, &info) != CKR_OK) continue;
      std::string label{reinterpret_cast<const char*>(info.label), sizeof info.label};  // padded with blanks
      label.erase(label.find_last_not_of(' ') + 1);
      if (label == options_.token) return slot;
    }
    return std::nullopt;
  }

  /// That one of those with the label, or any of them. False leaves none in use.
  bool find_key(const std::optional<KeyId>& which) {
    id_ = {};
    const CK_OBJECT_CLASS kind = CKO_SECRET_KEY;
    std::vector<CK_ATTRIBUTE> wanted{attribute(CKA_CLASS, &kind, sizeof kind),
                                     attribute(CKA_LABEL, options_.key.data(), options_.key.size())};
    if (which) wanted.push_back(attribute(CKA_ID, which->data(), which->size()));
    CK_ULONG found = 0;
    if (functions_->C_FindObjectsInit(session_, wanted.data(), static_cast<CK_ULONG>(wanted.size())) != CKR_OK)
      return false;
    const CK_RV rv = functions_->C_FindObjects(session_, &key_, 1, &found);
    functions_->C_FindObjectsFinal(session_);
    if (rv != CKR_OK || found == 0) return false;
    KeyId read{};
    CK_ATTRIBUTE id = attribute(CKA_ID, read.data(), read.size());
    if (functions_->C_GetAttributeValue(session_, key_, &id, 1) != CKR_OK || id.ulValueLen != read.size()) return false;
    id_ = read;
    return true;
  }

  expected<void, std::string> make_key(RandomSource& random) {
    KeyId fresh{};
    random.fill(fresh);
    id_ = {};
    const CK_ULONG size = envelope::key_size;
    const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    std::array<CK_ATTRIBUTE, 9> wanted{attribute(CKA_LABEL, options_.key.data(), options_.key.size()),
                                       attribute(CKA_ID, fresh.data(), fresh.size()),
                                       attribute(CKA_VALUE_LEN, &size, sizeof size),
                                       attribute(CKA_TOKEN, &yes, sizeof yes),
                                       attribute(CKA_PRIVATE, &yes, sizeof yes),
                                       attribute(CKA_SENSITIVE, &yes, sizeof yes),
                                       attribute(CKA_EXTRACTABLE, &no, sizeof no),
                                       attribute(CKA_ENCRYPT, &yes, sizeof yes),
                                       attribute(CKA_DECRYPT, &yes, sizeof yes)};
    CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
    const CK_RV rv = functions_->C_GenerateKey(session_, &mechanism, wanted.data(), wanted.size(), &key_);
    if (rv != CKR_OK)
      return unexpected("The token \"" + options_.token + "\" makes no AES-256 key (" + code(rv) + ").");
    id_ = fresh;
    return {};
  }

  Pkcs11Options options_;
  std::unique_ptr<void, Unload> library_;
  CK_FUNCTION_LIST* functions_ = nullptr;
  CK_SESSION_HANDLE session_ = 0;
  CK_OBJECT_HANDLE key_ = 0;
  KeyId id_{};  ///< of `key_`; zeros: there is none
  std::size_t written_ = 0;
  bool initialized_ = false;
  bool open_ = false;
};

/// One thread that makes every call, one after the other.
class Pkcs11Root::Worker {
 public:
  Worker(Pkcs11Options options, RandomSource& random)
      : label_(options.token), random_(random), token_(std::move(options)), thread_([this] { run(); }) {}
  ~Worker() {
    {
      const std::scoped_lock lock{mutex_};
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// The result of `job`, or nullopt when the token does not answer in time; its answer is thrown away then.
  template <class T>
  std::optional<T> call(std::move_only_function<T(Token&, RandomSource&)> job) {
    auto promise = std::make_shared<std::promise<T>>();
    std::future<T> result = promise->get_future();
    {
      const std::scoped_lock lock{mutex_};
      jobs_.push_back([promise, job = std::move(job), this]() mutable { promise->set_value(job(token_, random_)); });
    }
    wake_.notify_one();
    if (result.wait_for(patience) != std::future_status::ready) return std::nullopt;
    return result.get();
  }

  [[nodiscard]] const std::string& label() const noexcept { return label_; }
  [[nodiscard]] RandomSource& random() noexcept { return random_; }

 private:
  void run() {
    for (;;) {
      std::move_only_function<void()> job;
      {
        std::unique_lock lock{mutex_};
        wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        if (stopping_) return;
        job = std::move(jobs_.front());
        jobs_.erase(jobs_.begin());
      }
      job();
    }
  }

  std::string label_;
  RandomSource& random_;
  Token token_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::move_only_function<void()>> jobs_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all above
};

Pkcs11Root::Pkcs11Root(std::shared_ptr<Worker> worker, const KeyId& id) : worker_(std::move(worker)), id_(id) {}
Pkcs11Root::~Pkcs11Root() = default;
const KeyId& Pkcs11Root::id() const noexcept { return id_; }
std::string Pkcs11Root::description() const { return "PKCS#11 token " + worker_->label(); }

expected<std::unique_ptr<Pkcs11Root>, std::string> Pkcs11Root::open(const Pkcs11Options& options, bool make,
                                                                    RandomSource& random) {
  auto worker = std::make_shared<Worker>(options, random);
  using Opened = expected<KeyId, std::string>;
  auto opened = worker->call<Opened>([make, which = options.id](Token& token, RandomSource& chance) -> Opened {
    if (auto loaded = token.load(); !loaded) return unexpected(loaded.error());
    if (auto done = token.open(which, make, chance); !done) return unexpected(done.error());
    return token.id();
  });
  if (!opened) return unexpected("The token \"" + options.token + "\" does not answer.");
  if (!*opened) return unexpected(opened->error());
  return std::unique_ptr<Pkcs11Root>{new Pkcs11Root{std::move(worker), **opened}};
}

std::shared_ptr<RootKey> Pkcs11Root::next() {
  using Made = std::optional<KeyId>;
  const auto made =
      worker_->call<Made>([](Token& token, RandomSource& random) -> Made { return token.make_another(random); });
  if (!made || !*made) return nullptr;
  return std::shared_ptr<RootKey>{new Pkcs11Root{worker_, **made}};
}

expected<Bytes, RootError> Pkcs11Root::wrap(const KeyId& key_id, const envelope::Context& context, const Key& key) {
  auto place = envelope::encode_context(context);
  if (!place) return unexpected(RootError::refused);
  append(*place, key_id);
  Bytes out(wrapped_size);
  out[0] = version;
  std::ranges::copy(key_id, out.begin() + 1);
  // The number of wraps under this key is that of account keys, far below where random IVs meet.
  worker_->random().fill(MutableBytes{out}.subspan(1 + sizeof(KeyId), iv_size));
  using Sealed = expected<Bytes, RootError>;
  auto sealed = worker_->call<Sealed>([iv = Bytes(out.begin() + 1 + sizeof(KeyId), out.begin() + clear_size),
                                       place = std::move(*place), secret = key.clone(),
                                       id = id_](Token& token, RandomSource& random) -> Sealed {
    Bytes room(envelope::key_size + tag_size);
    const auto size = token.crypt(id, true, iv, place, secret.reveal(), room, random);
    if (!size) return unexpected(size.error());
    if (*size != room.size()) return unexpected(RootError::unavailable);
    return room;
  });
  if (!sealed) return unexpected(RootError::unavailable);
  if (!*sealed) return unexpected(sealed->error());
  std::ranges::copy(**sealed, out.begin() + clear_size);
  return out;
}

expected<Key, RootError> Pkcs11Root::unwrap(const envelope::Context& context, ByteView wrapped) {
  auto place = envelope::encode_context(context);
  if (!place || wrapped.size() != wrapped_size || wrapped[0] != version) return unexpected(RootError::refused);
  append(*place, wrapped.subspan(1, sizeof(KeyId)));
  using Opened = expected<Key, RootError>;
  auto opened =
      worker_->call<Opened>([iv = Bytes(wrapped.begin() + 1 + sizeof(KeyId), wrapped.begin() + clear_size),
                             place = std::move(*place), sealed = Bytes(wrapped.begin() + clear_size, wrapped.end()),
                             id = id_](Token& token, RandomSource& random) -> Opened {
        // Room for the tag too: some modules ask for as much as they were given.
        SecretBytes room{envelope::key_size + tag_size};
        const auto size = token.crypt(id, false, iv, place, sealed, room.reveal_mutable(), random);
        if (!size) return unexpected(size.error());
        if (*size != envelope::key_size) return unexpected(RootError::refused);
        return Key{room.reveal().first<envelope::key_size>()};
      });
  if (!opened) return unexpected(RootError::unavailable);
  return std::move(*opened);
}

}  // namespace sealhall::kms
