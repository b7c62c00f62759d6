// A self-signed certificate for 127.0.0.1, made when the test runs.
#pragma once
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"

namespace muzn::net {

// Writes `cert_path` and `key_path`. `alt_name` as in openssl.cnf, for example "IP:127.0.0.1".
inline void write_certificate(const std::string& cert_path, const std::string& key_path,
                              const std::string& common_name, const std::string& alt_name) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> cert(X509_new(), &X509_free);
  CHECK(key && cert);
  ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
  X509_set_version(cert.get(), X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(cert.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(cert.get()), 3600);
  X509_set_pubkey(cert.get(), key.get());
  X509_NAME* const name = X509_get_subject_name(cert.get());
  // OpenSSL takes UTF-8 as unsigned char.
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(cert.get(), name);
  X509_EXTENSION* const names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alt_name.c_str());
  CHECK(names != nullptr);
  X509_add_ext(cert.get(), names, -1);
  X509_EXTENSION_free(names);
  CHECK(X509_sign(cert.get(), key.get(), EVP_sha256()) != 0);
  std::FILE* const cert_file = std::fopen(cert_path.c_str(), "w");
  CHECK(cert_file != nullptr && PEM_write_X509(cert_file, cert.get()) == 1);
  std::fclose(cert_file);
  std::FILE* const key_file = std::fopen(key_path.c_str(), "w");
  CHECK(key_file != nullptr &&
        PEM_write_PrivateKey(key_file, key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  std::fclose(key_file);
}

class CertificateDir {
 public:
  CertificateDir() {
    std::string path = (std::filesystem::temp_directory_path() / "muzn-tls-XXXXXX").string();
    CHECK(::mkdtemp(path.data()) != nullptr);
    path_ = path;
    renew("first");
  }
  ~CertificateDir() { std::filesystem::remove_all(path_); }
  CertificateDir(const CertificateDir&) = delete;
  CertificateDir& operator=(const CertificateDir&) = delete;

  void renew(const std::string& common_name) const {
    write_certificate(cert(), key(), common_name, "IP:127.0.0.1");
  }
  std::string cert() const { return path_ + "/cert.pem"; }
  std::string key() const { return path_ + "/key.pem"; }

 private:
  std::string path_;
};

}  // namespace muzn::net
