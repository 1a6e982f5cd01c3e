# The chapters of the book, in their order, and what the head of each page says:
#
#   lectern_chapters           their folders' names
#   chapter_rows               the same as rows of C++, for `lectern tutorial`
#   lectern_pages              pages beside the chapters, without exercises
#
# A folder NN_name is a chapter as soon as it has a chapter.md.

file(GLOB pages CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_LIST_DIR}
     ${CMAKE_CURRENT_LIST_DIR}/[0-9][0-9]_*/chapter.md)
list(SORT pages)
set(lectern_pages bridge errors)
set(lectern_chapters "")
set(chapter_rows "")

# chapter_key(RESULT PAGE KEY): what the head of a page says after `KEY: `; empty where it says nothing.
function(chapter_key result page key)
  string(REGEX MATCH "\n${key}: ([^\n]*)" found "${page}")
  set(${result} "${CMAKE_MATCH_1}" PARENT_SCOPE)
endfunction()

foreach(path IN LISTS pages)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/${path})
  file(READ ${CMAKE_CURRENT_LIST_DIR}/${path} page LIMIT 2000)
  get_filename_component(folder ${path} DIRECTORY)
  list(APPEND lectern_chapters ${folder})
  foreach(key number title question minutes seconds without settings)
    chapter_key(${key} "${page}" ${key})
  endforeach()
  string(APPEND chapter_rows "    {${number}, \"${folder}\", R\"(${title})\", R\"(${question})\", "
         "${minutes}, ${seconds}, \"${without}\", \"${settings}\"},\n")
endforeach()
