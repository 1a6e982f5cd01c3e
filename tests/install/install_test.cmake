# Installs the build folder BUILD into a folder of its own and builds, with COMPILER and GENERATOR,
# programs that find Lectern there: one that uses it, one with an op of its own, one that draws, and
# one that is the whole `lectern` with a pattern of attention of its own, which must run in every
# command.

set(place ${BUILD}/install_test)
file(REMOVE_RECURSE ${place})

# Runs a command in the folder and leaves what it printed in the variable `printed`.
function(run)
  file(MAKE_DIRECTORY ${place})
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${place} RESULT_VARIABLE failed
                  OUTPUT_VARIABLE output ERROR_VARIABLE errors)
  if(failed)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}\n${output}${errors}")
  endif()
  set(printed "${output}" PARENT_SCOPE)
endfunction()

function(expect_printed form)
  if(NOT printed MATCHES "${form}")
    message(FATAL_ERROR "expected \"${form}\", got:\n${printed}")
  endif()
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${place}/prefix)
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${place}/build -G ${GENERATOR}
    -DCMAKE_PREFIX_PATH=${place}/prefix -DCMAKE_CXX_COMPILER=${COMPILER}
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_RUNTIME_OUTPUT_DIRECTORY=${place})
run(${CMAKE_COMMAND} --build ${place}/build)
run(${place}/consumer)
expect_printed("^2\n")
run(${place}/swish)
expect_printed("^0.731059 0.927671 \n")
run(${place}/picture)
expect_printed("^██●●\n●●██\n")

# The README's program, built and run as a reader would.
file(READ ${CMAKE_CURRENT_LIST_DIR}/../../README.md readme)
string(FIND "${readme}" "\n## In your own program\n" start)
string(SUBSTRING "${readme}" ${start} -1 readme)

# readme_block(RESULT KIND): what stands in the first block of code of that kind.
function(readme_block result kind)
  set(fence "\n```${kind}\n")
  string(FIND "${readme}" "${fence}" begin)
  if(begin EQUAL -1)
    message(FATAL_ERROR "the README's section \"In your own program\" has no block ```${kind}")
  endif()
  string(LENGTH "${fence}" length)
  math(EXPR begin "${begin} + ${length}")
  string(SUBSTRING "${readme}" ${begin} -1 rest)
  string(FIND "${rest}" "```" end)
  string(SUBSTRING "${rest}" 0 ${end} block)
  set(${result} "${block}" PARENT_SCOPE)
endfunction()

foreach(part cmake:CMakeLists.txt cpp:first.cpp)
  string(REPLACE ":" ";" part ${part})
  list(GET part 0 kind)
  list(GET part 1 file)
  readme_block(content ${kind})
  file(WRITE ${place}/first/${file} "${content}")
endforeach()
run(${CMAKE_COMMAND} -S first -B first/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${place}/prefix
    -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_BUILD_TYPE=Release)
run(${CMAKE_COMMAND} --build first/build)
run(first/build/first)
readme_block(shown text)
string(REGEX REPLACE " +\n" "\n" printed "${printed}")  # a page has no spaces at the ends of lines
if(NOT printed STREQUAL shown)
  message(FATAL_ERROR "the README's program prints\n${printed}\nand not, as it says,\n${shown}")
endif()

# A language model that is trained, goes on, is measured, and writes.
string(REPEAT "The same line, again and again.\n" 100 text)
file(WRITE ${place}/text "${text}")
set(small --set model.d_model=16 --set model.nhead=2 --set model.dim_feedforward=32
    --set train.warmup_steps=2 --set train.threads=1 --set log.tensorboard=false --quiet)
set(alibi ${place}/alibi)
set(pattern --set "model.attention=exact, alibi" --set attention.slope_range=4.5)
file(WRITE ${place}/writes.toml "[task]\nname = \"language_model\"\nlength = 32\n"
     "[data]\ntrain = \"text\"\ntest = \"text\"\n[model]\nmax_length = 64\nnum_layers = 2\n")
run(${alibi} train writes.toml --run-dir writes --max-steps 4 --batch-size 4 ${small} ${pattern})
run(${alibi} inspect writes)
expect_printed("slope_range = 4.5 ")
run(${alibi} train writes.toml --run-dir writes --max-steps 6 --batch-size 4 ${small} ${pattern}
    --resume auto)
run(${alibi} evaluate writes)
expect_printed("bits per byte")
run(${alibi} generate writes "The same" --max-length 8 --temperature 0)
expect_printed("^The same")
string(LENGTH "${printed}" written)
if(NOT written EQUAL 17)  # the prompt, eight bytes, the end of the line
  message(FATAL_ERROR "8 bytes were to be written: ${printed}")
endif()

# A translation, to see which word looks at which.
foreach(side de en)
  string(REPEAT "ein Hund rennt\nein Kind lacht\n" 50 text)
  file(WRITE ${place}/pairs.${side} "${text}")
endforeach()
file(WRITE ${place}/speaks.toml "[data]\ntrain = \"pairs\"\nvalid = \"pairs\"\n"
     "[tokenizer]\nkind = \"word\"\n[model]\nnum_encoder_layers = 1\nnum_decoder_layers = 1\n")
run(${alibi} train speaks.toml --run-dir speaks --max-steps 4 --batch-size 4 ${small} ${pattern})
run(${alibi} attention speaks "ein Hund rennt" -o page.html)
file(READ ${place}/page.html page LIMIT 1000)
set(printed "${page}")
expect_printed("<html")

# In the comparison of attentions it is one more, on whatever task.
file(WRITE ${place}/recalls.toml "[task]\nname = \"recall\"\nlength = 32\npairs = 4\nsymbols = 8\n"
     "train_size = 40\nvalid_size = 8\ntest_size = 20\n[model]\nnum_layers = 1\nmax_length = 32\n")
file(WRITE ${place}/sums.toml "[task]\nname = \"listops\"\nmin_length = 4\nlength = 32\ntrain_size = 40\n"
     "valid_size = 8\ntest_size = 20\n[model]\nnum_layers = 1\nmax_length = 64\n")
file(WRITE ${place}/hides.toml "[task]\nname = \"masked_language_model\"\nlength = 16\n"
     "[data]\ntrain = \"text\"\ntest = \"text\"\n[tokenizer]\nkind = \"word\"\n"
     "[model]\nmax_length = 64\nnum_layers = 1\n")
string(REPEAT "the dog runs in the park\na child sees the dog\n" 30 text)
file(WRITE ${place}/right "${text}")
file(WRITE ${place}/mends.toml "[task]\nname = \"grammar_correction\"\n"
     "[data]\ntrain = \"right\"\nvalid = \"right\"\ntest = \"right\"\n[tokenizer]\nkind = \"word\"\n"
     "[model]\nnum_encoder_layers = 1\nnum_decoder_layers = 1\n[decode]\nmax_length = 8\n")
string(REPEAT "a table please\nfor how many ?\nfor two\nit is booked\n\n" 20 text)
file(WRITE ${place}/talk "${text}")
file(WRITE ${place}/talks.toml "[task]\nname = \"chatbot\"\nlength = 32\n"
     "[data]\ntrain = \"talk\"\nvalid = \"talk\"\ntest = \"talk\"\n[tokenizer]\nkind = \"word\"\n"
     "[model]\nmax_length = 32\nnum_layers = 1\n")
set(question "{\"id\": \"1\", \"question\": \"where is it\", \"answers\": "
    "[{\"text\": \"in the box\", \"answer_start\": 11}]}")
list(JOIN question "" question)
file(WRITE ${place}/facts.json "{\"version\": \"1.1\", \"data\": [{\"title\": \"a\", \"paragraphs\": "
     "[{\"context\": \"the key is in the box\", \"qas\": [${question}]}]}]}")
file(WRITE ${place}/answers.toml "[task]\nname = \"question_answering\"\nlength = 32\n"
     "question_length = 8\nstride = 16\nmax_answer = 4\n[data]\ntrain = \"facts.json\"\n"
     "valid = \"facts.json\"\ntest = \"facts.json\"\n[tokenizer]\nkind = \"word\"\n"
     "[model]\nmax_length = 32\nnum_layers = 1\n")
foreach(task recalls sums hides writes mends talks answers)
  file(WRITE ${place}/compare-${task}.toml "[experiment]\nbase = \"${task}.toml\"\nseeds = [1]\n"
       "[variants.exact]\nmodel.attention = \"exact\"\n"
       "[variants.alibi]\nmodel.attention = \"alibi\"\nattention.slope_range = 4.5\n")
  run(${alibi} compare compare-${task}.toml --run-dir compared-${task} ${small}
      --set train.max_steps=2)
  file(READ ${place}/compared-${task}/compare.csv printed)
  expect_printed("\n[^\n]*alibi,")
endforeach()

run(${alibi} bench attention --longest 512 --seconds 0.01 --threads 1)
expect_printed("\nalibi +[0-9.]+")
run(${alibi} train -h)
expect_printed("hierarchical\\|alibi")
expect_printed("\n  alibi +scores fall with the distance")
expect_printed("--slope-range X +alibi: the gentlest slope")

# A program without the pattern refuses such a run.
execute_process(COMMAND ${place}/prefix/bin/lectern evaluate writes WORKING_DIRECTORY ${place}
                RESULT_VARIABLE code ERROR_VARIABLE printed)
if(NOT code EQUAL 4)
  message(FATAL_ERROR "expected exit code 4, got ${code}: ${printed}")
endif()
expect_printed("alibi")
message(STATUS "programs find and use the installed library, and bring an op and a pattern")
