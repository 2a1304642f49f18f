// PEM texts that another implementation (openssl 3.0) made: what ours has to read. They are good for a hundred years.
#pragma once

#include <string_view>

namespace handwave::test::pem {

// A certificate for *.Example.org, example.org and 192.0.2.2, and its key on P-384 in PKCS#8.
inline constexpr std::string_view p384_certificate = R"(-----BEGIN CERTIFICATE-----
MIIB4DCCAWagAwIBAgIUU2arM14a/iCvCQnukgHYMih20BswCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEcDM4NDAgFw0yNjExMjQxNzExMTVaGA8yMTI2MTAzMTE3MTEx
NVowDzENMAsGA1UEAwwEcDM4NDB2MBAGByqGSM49AgEGBSuBBAAiA2IABN0fRLFD
gNIT+wC5/7FqbVZ3J5dMdp6oPmjofpeNd7KaT6X4wG591zUU1ngyT7dlJ+RQX8vF
ARpw46JhSft2t3Nbw/AWWKKKlWQO4ftGXg/uQ5NkID5MgBOJ7bB3PrfR2aOBgDB+
MB0GA1UdDgQWBBScN33z/oKzUrddtxvCkjJvyJbXZDAfBgNVHSMEGDAWgBScN33z
/oKzUrddtxvCkjJvyJbXZDAPBgNVHRMBAf8EBTADAQH/MCsGA1UdEQQkMCKCDSou
RXhhbXBsZS5vcmeCC2V4YW1wbGUub3JnhwTAAAICMAoGCCqGSM49BAMCA2gAMGUC
MQDSAKXpdTD4U1uakpTjwJO/T9NgmYxdcQpPD3w8hEZBq7cIoXEAyhqV0AipmBC1
7rcCMC15LjReKfKLtiZOcpyJgHdkinNWMTm7f+XTFKX6VlnnNPkrw59rHRL7IqG2
ADZ4sw==
-----END CERTIFICATE-----
)";
inline constexpr std::string_view p384_key = R"(-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBlyOhO+ireMWuU55tW
bSp9EyNkHcKDFwtk53GCN6dcL9OKLZS+zWtw9p7UvxnUIwShZANiAATdH0SxQ4DS
E/sAuf+xam1WdyeXTHaeqD5o6H6XjXeymk+l+MBufdc1FNZ4Mk+3ZSfkUF/LxQEa
cOOiYUn7drdzW8PwFliiipVkDuH7Rl4P7kOTZCA+TIATie2wdz630dk=
-----END PRIVATE KEY-----
)";

inline constexpr std::string_view p384_fingerprint =
    "A3:99:20:22:AB:21:D0:24:03:58:B4:7E:49:4C:CF:12:32:60:F7:4B:D9:13:88:71:A3:54:FF:C9:08:4F:BB:B1";  // SHA-256

// One without any subjectAltName, and its key on P-521 as SEC 1 has it, with the curve in a block of its own before.
inline constexpr std::string_view p521_certificate = R"(-----BEGIN CERTIFICATE-----
MIIB/DCCAV6gAwIBAgIUE4y3eR/cZUtKZSqUcNmlaEtb9CgwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEcDUyMTAgFw0yNjExMjQxNzExMTVaGA8yMTI2MTAzMTE3MTEx
NVowDzENMAsGA1UEAwwEcDUyMTCBmzAQBgcqhkjOPQIBBgUrgQQAIwOBhgAEAFIl
RWVu0YDZXlrF5Bh+iHHSW2nroX7kbwQfi4/w/DX8KUyg2rOKRzy//yyQDDSGyM1Y
83swfQKzbaJyXs/T5E7MAOCCdmY6751oOQKRO8LFn0EnlPRZPtMSNNIabQ36d9Mo
jfV0/GJkz2909uyLxxXlUG88NTvPMdnhKAoIwcD9lihIo1MwUTAdBgNVHQ4EFgQU
cXNonEIvXZDk1gUn4LGE6Zo6qOkwHwYDVR0jBBgwFoAUcXNonEIvXZDk1gUn4LGE
6Zo6qOkwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgOBiwAwgYcCQQPXfMBZ
QKlkoKc0XQ/3r7vlfrVVymew3vrxV0BkyrDNd9PcXob8uPTzRuaa5BZ3gkEoBFkk
9Tp9WiqflIK8LL87AkIB5wN9SQhPcLrTxBONY/ebkT/ZVf/vqfs5FaPPCIkXnPcP
0X6+XjhEokQIXZfmZW0uop9GrBlEDHVAdeI72Pna7aI=
-----END CERTIFICATE-----
)";
inline constexpr std::string_view p521_key = R"(-----BEGIN EC PARAMETERS-----
BgUrgQQAIw==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MIHcAgEBBEIA70FiKaDjrUCnoZWI2gYuJpM9PF1PpoWst13udsP6996pbSw+hNNx
tTmZDUMN4da3k9XMB44yzu1OXnCL6mhHyP2gBwYFK4EEACOhgYkDgYYABABSJUVl
btGA2V5axeQYfohx0ltp66F+5G8EH4uP8Pw1/ClMoNqzikc8v/8skAw0hsjNWPN7
MH0Cs22icl7P0+ROzADggnZmOu+daDkCkTvCxZ9BJ5T0WT7TEjTSGm0N+nfTKI31
dPxiZM9vdPbsi8cV5VBvPDU7zzHZ4SgKCMHA/ZYoSA==
-----END EC PRIVATE KEY-----
)";

// RSA with 2048 bits in PKCS#8.
inline constexpr std::string_view rsa_certificate = R"(-----BEGIN CERTIFICATE-----
MIIC/zCCAeegAwIBAgIUevnf+niGaRKKDs/qECY5MqJmiWgwDQYJKoZIhvcNAQEL
BQAwDjEMMAoGA1UEAwwDcnNhMCAXDTI2MTEyNDE3MTExNloYDzIxMjYxMDMxMTcx
MTE2WjAOMQwwCgYDVQQDDANyc2EwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEK
AoIBAQCpecc9+IGnRBdzHxTK9eNFT8XcYpklmIdQcK0o2oZMw7s7kWzdbkhgZ4Sd
puVVi0dGyGVgv+qJozj32YjHSbPSv34OGARybASMnL/ZrG0zYOmorWpPjx0woHr2
ohkkw4tz9aoMr70Nn5iAIslROjRv3VEHbd+eR9GA54aAxTqvn4N2Ntzkwz1t6Qed
4z0+lpI0OeZWsr65XdOcKxIEcIJgvY3hI6w9+TqT2XvfgedWSuUfItnk7NhaCGm9
jKDO/5apX2iqat2XR9DYKV35NuUzgnEoBLIu12Yb4D8jrHsWp2TNh57tcKxQ/+sG
ltZnZBys3D0Dfdr6hz3YZaY7Em0JAgMBAAGjUzBRMB0GA1UdDgQWBBTcZgW83V/v
yKkyc7a/YLZJS+wqiTAfBgNVHSMEGDAWgBTcZgW83V/vyKkyc7a/YLZJS+wqiTAP
BgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4IBAQAJCQ4yzsf2BJiyWRd0
5C7KrFmOubLj+wm1OoeO9vyfCki2HD2CQVCHe8vd8mzx1ompEWX+3WVGTPZkktEK
aLA/8wmFvRzcraqpac7baSpR6p3/sIFU5tq1KoZc57OtFHB2/PhVDwxa2VmImyol
t1tTnRaclrxQKc2Fp5yWI1f/iljR5Rma2nE5a2fAJwGYutgFZdnFrHeoGwkslmYG
8AXiR83MSlXmISDNY2CiS0jSeGYOZjsJ7HS57FJ/nhgNlnOJev5rKindu5uP3KC3
ElSrpHJ3UzMLcpIizIOrCdhzYBFw+Kntpd53WcZwwmC3aWMWvIXPL3ubmwwsWoi1
79jW
-----END CERTIFICATE-----
)";
inline constexpr std::string_view rsa_key = R"(-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCpecc9+IGnRBdz
HxTK9eNFT8XcYpklmIdQcK0o2oZMw7s7kWzdbkhgZ4SdpuVVi0dGyGVgv+qJozj3
2YjHSbPSv34OGARybASMnL/ZrG0zYOmorWpPjx0woHr2ohkkw4tz9aoMr70Nn5iA
IslROjRv3VEHbd+eR9GA54aAxTqvn4N2Ntzkwz1t6Qed4z0+lpI0OeZWsr65XdOc
KxIEcIJgvY3hI6w9+TqT2XvfgedWSuUfItnk7NhaCGm9jKDO/5apX2iqat2XR9DY
KV35NuUzgnEoBLIu12Yb4D8jrHsWp2TNh57tcKxQ/+sGltZnZBys3D0Dfdr6hz3Y
ZaY7Em0JAgMBAAECggEAAgdhEgKEItQlS0aD3fxcsLQPcN+iL7YIS1PlGXLhlyXj
0LG9w4+D3S8jnrqkaxSGGHh/O4a3vp5KmtpOX6cLcX+m6v+bt8xH6FPpZAvRYmba
DFjIALFgA/itLmNVuQ4rHRkKyDb8loKbmRbfvd/4nWXEwORZDmmwIZfrEREgtYDU
4feeENpaAVRzJjJGTqxJ4C6e0yy30HaoxoWY1GWnIgYP9BknJqhsKDhnML3BKcrG
iS+6FTXuogP8DXYDRtldeThk4nEShGti1MMeX3pGRe4kbOVmP6Tk+G64cW5LKpdw
4xR3Lq33QiaiVZJY/l7nrWLsLwi/QT7ms3r2hQWV0QKBgQDr9+dESXJBbrm3eAkT
ddT5GMeoE2p7QUhhei0kSdIAdVtb0sJfgAWgJnunibRTTq2ORmOfBNwyqgdc1qYU
OYZPJWDZnMmkwGMZ1BJ67KYRUOC8EwxKwNMhlBwy2y6zROAtK7p9J5wNvQxvDoO+
BOAlfGwKRDl+7kbwacOoCkV7zQKBgQC33NjZPeUP0uCOCuvM4OOk6v34NilzMc+m
Bx0jf3ASk10zILDMmrSUPD0jUzXqnFrGon7cczidlVYMGp2nBd+0YY8Asf1u4YL1
+snDfld69M4c8P1S5RsEUu8D29jXOq9HDUrjnqmau6ZRvJxRsBlb2R7fVl3Au1B0
Gd5JLARSLQKBgEZcl5NfKzijobE5k8s/uY/FedN+ZqP2JXUbj1ZgxMPqOqG4yMjd
TdAhaYHdp+2nak0gZBhIxLg+xw9B2ifxt0Dmbmi1PdNooqRS/me1JRfIvBqYu3OW
5939YiMwBE7kXMxbW7JyGzBljM2Y0GPa5FOJNFYjXdmhh3msr/DtjyaJAoGAFi4c
MsjWszv7PuduXr7ad3CpxqGyCmV96Ud+amPbP0Jrwdk1utkG48MIlRRasry97qx3
pVx4/fmf8cHcNuPsgrQqLilKq2+k/suMP3skTn7txmwEA1YEFldy4gJJfF1l+6pM
2HyxdSsh+0ZHjUszI/NjWAnxMWjnYbolKKqYstkCgYAVxQ9vs71qZZ+RZ86+oNPf
TpP7XHBJ5cNSJpLiB5pziiJXUMcxgLqMWvgxFjiSXUFtxU4dOHnwVsGZqUO+58CS
qifT7HsZO8ouW/CFaKnNxOlrPNxkFHaJu+spmkjbuBIe6VkTeJeapZ66kvmx0XwN
jp0NMIsy6Xm9IXm59/NL+g==
-----END PRIVATE KEY-----
)";

// An authority called "C=NL, O=Samples\, Inc., CN=Proef + CA é" (PrintableString, UTF8String), and its key on P-256.
inline constexpr std::string_view authority_certificate = R"(-----BEGIN CERTIFICATE-----
MIIB4TCCAYegAwIBAgIUKN+H1ij8D7eR97jsD5rFZWdOUcwwCgYIKoZIzj0EAwIw
PTELMAkGA1UEBhMCTkwxFjAUBgNVBAoMDVNhbXBsZXMsIEluYy4xFjAUBgNVBAMM
DVByb2VmICsgQ0Egw6kwIBcNMjYxMTI0MTcxMzA2WhgPMjEyNjEwMzExNzEzMDZa
MD0xCzAJBgNVBAYTAk5MMRYwFAYDVQQKDA1TYW1wbGVzLCBJbmMuMRYwFAYDVQQD
DA1Qcm9lZiArIENBIMOpMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEhEghr37E
uC4vXKMwb/vRVh4NbpiH02ysiEw0h8x97oDohnit0AobtJMKwyl0vOMCc5btmuYU
aYylF9viaWo5KKNjMGEwHQYDVR0OBBYEFEv874wR4tGMDa+Y0sEbyv4XG3JBMB8G
A1UdIwQYMBaAFEv874wR4tGMDa+Y0sEbyv4XG3JBMA8GA1UdEwEB/wQFMAMBAf8w
DgYDVR0PAQH/BAQDAgIEMAoGCCqGSM49BAMCA0gAMEUCIALtH3sfhVCZuVr9UaPB
Uw8ay6ykvhlwjA0OTKB2xpDnAiEA2edZWJc0ewzs+YZADHDf3bonBEsSAxasBXdR
zjB4KpI=
-----END CERTIFICATE-----
)";
inline constexpr std::string_view authority_key = R"(-----BEGIN EC PRIVATE KEY-----
MHcCAQEEILKSZQV+5VqJ7z1ru+PZTO8ph0toBQfE1/fGL2RgVJzhoAoGCCqGSM49
AwEHoUQDQgAEhEghr37EuC4vXKMwb/vRVh4NbpiH02ysiEw0h8x97oDohnit0Aob
tJMKwyl0vOMCc5btmuYUaYylF9viaWo5KA==
-----END EC PRIVATE KEY-----
)";

// An authority with the same key whose common name is a PrintableString.
inline constexpr std::string_view printable_certificate = R"(-----BEGIN CERTIFICATE-----
MIIBXzCCAQSgAwIBAgIUInGAN+Z9y7i5VtRVM0D21rrfBUswCgYIKoZIzj0EAwIw
FDESMBAGA1UEAxMJUHJpbnRhYmxlMCAXDTI2MTEyNDE3MTExN1oYDzIxMjYxMDMx
MTcxMTE3WjAUMRIwEAYDVQQDEwlQcmludGFibGUwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASESCGvfsS4Li9cozBv+9FWHg1umIfTbKyITDSHzH3ugOiGeK3QChu0
kwrDKXS84wJzlu2a5hRpjKUX2+JpajkoozIwMDAPBgNVHRMBAf8EBTADAQH/MB0G
A1UdDgQWBBRL/O+MEeLRjA2vmNLBG8r+FxtyQTAKBggqhkjOPQQDAgNJADBGAiEA
5Gf1i7gDTWhp8edwJPlWmFPmhBdZWggoaFhfC3bJ3cECIQCgibgW7LUTUTN3OsCG
A7VQusFnIgU02E1++253R76XKg==
-----END CERTIFICATE-----
)";

// The same key without its public half (optional in RFC 5915).
inline constexpr std::string_view no_public_key = R"(-----BEGIN EC PRIVATE KEY-----
MDECAQEEILKSZQV+5VqJ7z1ru+PZTO8ph0toBQfE1/fGL2RgVJzhoAoGCCqGSM49
AwEH
-----END EC PRIVATE KEY-----
)";

// The same key, encrypted with the password "secret" in the way of PKCS#8.
inline constexpr std::string_view encrypted_pkcs8_key = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhsWeOto26iNwICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEKI/2YmrZkmBktsI3WOidUkEgZDH
B3C0xNtHKSWy1lUiv2Ds6GCfYnZyMXE8HZWiTqAjSQ/geR+5NU+Gn/mMldMzIK8Q
eYBBq0O/R3MEbDG9dfUXOse9ylruT1gwV9pjEWwzu/HyhDguMXXSnFJECTJadFTl
cRbitblwD2F4opZvx42jOl62BJ8NtcEoZO7AgKm3zhpBb2/Qj/uc8JKPT1GnMzM=
-----END ENCRYPTED PRIVATE KEY-----
)";

// The same, in the way of RFC 1421.
inline constexpr std::string_view encrypted_traditional_key = R"(-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,9002DB14EE5FD1463E3AB8B0260F2185

5lvvHzgaMXJAQIqno1XTQLG6/5zafX8Gp5VyorisatADWBWqUixmxr8LBqI/gLwJ
44bI+qT5nR6VNiGbuBtmq1BZzJ54N9BI9IVO8LMrUdme6ENs5+qaeSGWS7p/JvdY
ckZVB90hQbRRIhpBEBKVHnr8h1aD9FkBN3jKCubhvyM=
-----END EC PRIVATE KEY-----
)";

// Keys that are of no use here.
inline constexpr std::string_view ed25519_key = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIN3k8n17uqHwAPfb5T8q6rkykmlPqOxeALjW5tG5Udy4
-----END PRIVATE KEY-----
)";

inline constexpr std::string_view secp256k1_key = R"(-----BEGIN EC PRIVATE KEY-----
MHQCAQEEIGDQ6EG+jF9Ch21KHJDzSQhrDWm1yjC/w6PT8gJSAsovoAcGBSuBBAAK
oUQDQgAEAj+ph89n5MV3i2IxvFMCYvyXXcNLpeAkB6VV+uqywRlXdYIa4dp37+qU
tUxLbx6BSqPeHghZoT5jTLTwHBzQYA==
-----END EC PRIVATE KEY-----
)";

}  // namespace handwave::test::pem
