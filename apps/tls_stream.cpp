#include "apps/tls_stream_definitions.hpp"

namespace handwave {

template class TlsOver<Stream>;

}  // namespace handwave
