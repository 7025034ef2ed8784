// What a name of each kind may look like. Internal to runtime/manifest.
#pragma once

#include <string_view>

namespace gofuture {

bool is_function_name(std::string_view text);   // a to z, 0 to 9 and _, at most 63, not beginning with a digit
bool is_library_name(std::string_view text);    // a file name without folder
bool is_topic_name(std::string_view text);      // as Kafka allows it
bool is_type_name(std::string_view text);       // an identifier
bool is_sql_name(std::string_view text);        // an unquoted identifier of Postgres, lower case
bool is_json_pointer(std::string_view text);    // RFC 6901, not empty
bool is_http_prefix(std::string_view text);     // scheme://host[:port][/path], nothing that could hide another host

}  // namespace gofuture
