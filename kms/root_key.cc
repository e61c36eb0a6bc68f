#include "kms/root_key.h"

namespace sealhall::kms {

std::unique_ptr<SoftwareRoot> SoftwareRoot::generate(std::string description, RandomSource& random) {
  Key key;
  KeyId id{};
  random.fill(key.reveal_mutable());
  random.fill(id);
  return std::make_unique<SoftwareRoot>(std::move(key), id, std::move(description), random);
}

expected<Bytes, RootError> SoftwareRoot::wrap(const KeyId& key_id, const envelope::Context& context, const Key& key) {
  auto wrapped = envelope::wrap_key(key_, {{id_, 1}, key_id}, context, key, random_);
  if (!wrapped) return unexpected(RootError::refused);
  return std::move(*wrapped);
}

expected<Key, RootError> SoftwareRoot::unwrap(const envelope::Context& context, ByteView wrapped) {
  auto key = envelope::unwrap_key(key_, context, wrapped);
  if (!key) return unexpected(RootError::refused);
  return std::move(*key);
}

}  // namespace sealhall::kms
