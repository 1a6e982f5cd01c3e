#include "tasks/grammar/english_words.h"

namespace lectern::english {

const std::string_view irregular_verbs = R"(
arise arises arose arisen arising
awake awakes awoke awoken awaking
bear bears bore borne bearing
beat beats beat beaten beating
become becomes became become becoming
begin begins began begun beginning
bend bends bent bent bending
bet bets bet bet betting
bind binds bound bound binding
bite bites bit bitten biting
bleed bleeds bled bled bleeding
blow blows blew blown blowing
break breaks broke broken breaking
bring brings brought brought bringing
build builds built built building
burn burns burnt burnt burning
buy buys bought bought buying
catch catches caught caught catching
choose chooses chose chosen choosing
come comes came come coming
cost costs cost cost costing
cut cuts cut cut cutting
deal deals dealt dealt dealing
dig digs dug dug digging
do does did done doing
draw draws drew drawn drawing
dream dreams dreamt dreamt dreaming
drink drinks drank drunk drinking
drive drives drove driven driving
eat eats ate eaten eating
fall falls fell fallen falling
feed feeds fed fed feeding
feel feels felt felt feeling
fight fights fought fought fighting
find finds found found finding
fly flies flew flown flying
forget forgets forgot forgotten forgetting
forgive forgives forgave forgiven forgiving
freeze freezes froze frozen freezing
get gets got gotten getting
give gives gave given giving
go goes went gone going
grow grows grew grown growing
hang hangs hung hung hanging
have has had had having
hear hears heard heard hearing
hide hides hid hidden hiding
hit hits hit hit hitting
hold holds held held holding
hurt hurts hurt hurt hurting
keep keeps kept kept keeping
know knows knew known knowing
lay lays laid laid laying
lead leads led led leading
learn learns learnt learnt learning
leave leaves left left leaving
lend lends lent lent lending
let lets let let letting
lie lies lay lain lying
light lights lit lit lighting
lose loses lost lost losing
make makes made made making
mean means meant meant meaning
meet meets met met meeting
pay pays paid paid paying
put puts put put putting
quit quits quit quit quitting
read reads read read reading
ride rides rode ridden riding
ring rings rang rung ringing
rise rises rose risen rising
run runs ran run running
say says said said saying
see sees saw seen seeing
seek seeks sought sought seeking
sell sells sold sold selling
send sends sent sent sending
set sets set set setting
shake shakes shook shaken shaking
shine shines shone shone shining
shoot shoots shot shot shooting
show shows showed shown showing
shut shuts shut shut shutting
sing sings sang sung singing
sink sinks sank sunk sinking
sit sits sat sat sitting
sleep sleeps slept slept sleeping
speak speaks spoke spoken speaking
spend spends spent spent spending
split splits split split splitting
spread spreads spread spread spreading
stand stands stood stood standing
steal steals stole stolen stealing
stick sticks stuck stuck sticking
strike strikes struck struck striking
swear swears swore sworn swearing
sweep sweeps swept swept sweeping
swim swims swam swum swimming
take takes took taken taking
teach teaches taught taught teaching
tear tears tore torn tearing
tell tells told told telling
think thinks thought thought thinking
throw throws threw thrown throwing
understand understands understood understood understanding
wake wakes woke woken waking
wear wears wore worn wearing
win wins won won winning
write writes wrote written writing
)";

const std::string_view regular_verbs = R"(
accept achieve act add admire admit+ advertise advise affect afford agree aim allow announce answer
appear apply appreciate approach argue arrange arrive ask assume attack attempt attend attract avoid
bake base beg+ behave believe belong benefit blame block borrow breathe call care carry cause
celebrate challenge change charge chase check claim clean climb close collect compare compete
complain complete concentrate concern connect consider consist consume contain continue contribute
control+ cook copy count cover crash create cross cry damage dance decide decrease defend define
deliver demand deny depend describe deserve design destroy develop die differ disagree disappear
discover discuss divide doubt drop+ dry earn educate employ enable encourage end enjoy ensure enter
establish examine exist expand expect experience explain explore express extend face fail fasten
fill finish fit+ fix focus follow force form gain gather guess handle happen harm hate help hire
hope hunt hurry identify imagine improve include increase indicate influence inform inspire intend
introduce invent invest invite involve join judge jump kick kill kiss knock lack land last laugh
launch lift like limit link list listen live lock look love maintain manage mark marry matter
measure mention mix move name need notice obey obtain occur+ offer open operate order organize own
paint park participate pass perform permit+ persuade pick plan+ plant play point practice prefer+
prepare present press prevent produce promise promote protect prove provide publish pull punish
push raise reach realize receive recognize recommend reduce refer+ refuse regret+ relate relax
release rely remain remember remind remove repair repeat replace reply report represent request
require respect respond rest result return reveal risk rob+ rule rush satisfy save search seem
select serve share ship+ shop+ shout sign skate slip+ smile smoke solve sound stare start state
stay step+ stop+ study succeed suffer suggest supply support suppose surprise survive talk taste
tend test thank tie touch train travel treat trust try turn use vary visit wait walk want warn wash
waste watch wish wonder work worry
)";

const std::string_view regular_nouns = R"(
ability accident action activity actor adult advantage adventure advertisement age agreement aim
airport animal answer apartment apple area argument army art article artist aspect attack attitude
author baby bag ball band bank base battle beach bed benefit bike bill bird boat body book border
bottle box boy brain branch bridge brother budget building bus business cake camera camp campaign
car card career case cat cause cell center century chair challenge chance change chapter character
chemical choice church circle citizen city class classmate client coach coat college colony color
comment committee company computer concept conclusion condition conflict connection consequence
country county couple course court cow crime crop culture cup customer dancer danger date daughter
day deal decade decision degree demand desk detail device dictionary difference difficulty dinner
direction director disadvantage discovery disease doctor dog dollar door dream dress driver drug
duty ear economy edge editor education effect effort egg election element employee employer end
enemy engine engineer environment episode era error essay event exam example exercise expense
experience experiment expert explanation eye face fact factor factory family fan farm farmer father
fear feature feeling festival field film finger fire flag floor flower force foreigner forest form
friend fruit function future game garden generation girl goal government grade grandmother group
guide habit hall hand head hero highway holiday home hope horse hospital hotel hour house human
husband idea image impact improvement industry influence instrument interest island issue job
journey judge key kid kind king kitchen lady lake land language law lawyer leader leg lesson letter
level library light limit line link lion list machine manager map market match material matter meal
meaning meeting member memory message method mile million mind minister minute mistake model moment
month mother mountain movement movie museum nation need neighbor network newspaper night number
object officer official opinion opportunity option order organ organization page pair paper parent
park part partner party passenger past path patient pattern payment period person phone photo
picture piece place plan plane planet plant player point poet policy pool position possibility
president price prince principle prison prize problem process product profession professor profit
program project purpose question race reader reason record region relationship religion report
requirement resource restaurant result reward rider right river road robot rock role room route rule
school science scientist sea season seat secret section sentence series service shape ship shirt
shoe shop shore side sign singer sister situation size skill society soldier solution son song sound
source species specialist spot stage star state statement station step stone store storm story
strategy street student style subject success summer supporter surface system table task tax teacher
team technique technology term test text theory thing thought ticket title tool topic tour tourist
town toy track tradition train traveler tree trip truck type uncle university vacation value
vehicle version victim view village voice wall war way weapon week window winter word worker world
writer year
)";

const std::string_view irregular_nouns = R"(
man men
woman women
child children
foot feet
tooth teeth
mouse mice
life lives
wife wives
knife knives
leaf leaves
half halves
shelf shelves
wolf wolves
thief thieves
hero heroes
potato potatoes
tomato tomatoes
analysis analyses
crisis crises
phenomenon phenomena
policeman policemen
businessman businessmen
fisherman fishermen
grandchild grandchildren
)";

const std::string_view confusions = R"(
their there they're
its it's
your you're
whose who's
then than
to too
affect effect
accept except
advice advise
lose loose
quiet quite
weather whether
were where
who which whom
who's whose
much many
less fewer
little few
very much too
because becouse becuase
although though
another other others
each every
good well
bad badly
easy easily ease
real really
quick quickly
slow slowly
happy happily happiness
success successful successfully succeed
difference different differently
importance important importantly
possible possibly possibility
beauty beautiful beautifully
danger dangerous dangerously
knowledge knowledgeable
convenience convenient conveniently
economy economic economical economics
environment environmental
health healthy healthily
safe safety safely
true truth truly
wide widely width
high highly height
long length
strong strongly strength
deep deeply depth
young youth youngs
interest interesting interested
bore boring bored
excite exciting excited
tire tiring tired
confuse confusing confused
surprise surprising surprised
educate education educational educated
develop development developing developed
compete competition competitive
create creation creative
communicate communication
use useful usefull
special especially specially
usual usually
general generally
recent recently
final finally
clear clearly
independent independence independently
responsible responsibility
similar similarly similarity
confident confidence
patient patience
silent silence
science scientific scientist
politics political politician
history historic historical
act action active actively activity
grow growth
die death dead
live life alive
lie lay
raise rise
say tell talk speak
make do
look watch see
hear listen
learn study
teach learn
lend borrow
bring take
hard hardly
late lately
near nearly
most almost mostly
beside besides
some any
somebody anybody
something anything
sometimes sometime
everyday every
nowadays now
alone lonely
big great large
people peoples
thing things think
he she
him her
his her
they them
we us
i me
more most
older elder
better best good
worse worst bad
farther further
enough too
so such
as like
what that which
)";

const std::string_view prepositions = R"(
in on at into inside
on in at over upon onto
at in on by to
to for at into towards
for to of during since
of for from in about
from of by since out
by with from through at
with by of from without
about of on for around
into in to
through by across over
between among
during in for while
since for from
until by till
over above on
under below
after behind since
before ago
against to with
towards to at
without with
around about
among between in
across through over
behind after
beside by near
)";

const std::string_view agreements = R"(
is are
am is
was were
has have
does do
this these
that those
isn't aren't
wasn't weren't
hasn't haven't
doesn't don't
)";

const std::string_view left_out = R"(
be is are was were am been being have has had do does did to that it there they he she we you who
which will would can could should and or of as so more also
)";

const std::string_view function_words = R"(
a an the this that these those my your his her its our their some any no every each all both many
much few little several most more other another such what which whose who whom i you he she it we
they me him us them one ones myself himself herself itself themselves be is are was were am been
being have has had having do does did doing will would can could should may might must shall not
n't 's 're 've 'll 'm 'd and or but so because if when while although though as than then that
where why how there here to of in on at for from by with about into through between during since
until over under after before against towards without around among across behind beside very too
also only just even still always never often usually sometimes again ever already yet it
everything something nothing anything everyone someone everybody somebody nobody
)";

}  // namespace lectern::english
