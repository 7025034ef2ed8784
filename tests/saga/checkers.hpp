// What must hold at the end of a history. The checkers read topics, tables and the gateway's ledger; they never ask a function.
//
//   ended     every booking was completed or canceled, although a function may still be dark
//   money     captured - refunded - kept = 0 by the gateway's ledger, and the events tell the same sums
//   drivers   nobody has a ride that is over; nobody got a booking that he has rejected; none was given to a canceled one
//   once      the payment of a booking is asked for once, and checked once
//   fraud     nothing is charged before there is a verdict, nor after the first one denied it
//   fare      a trip is settled once, by its meter and never above what the rider was told
//   canceled  what cannot be paid, or finds no driver, is canceled; and the platform cancels once
//   search    a search is given up for rejections only when so many drivers have rejected
//   rejected  no function refuses another's event, or says what its manifest does not allow
//   rest      everything comes to rest, and no timer is left
#pragma once

#include <vector>

#include "saga/platform.hpp"

namespace gofuture::saga {

std::vector<Finding> check_ends(const Platform& platform, int bookings);
std::vector<Finding> check_balance(const Platform& platform, const Gateway& gateway, const People& people, int bookings);

}  // namespace gofuture::saga
